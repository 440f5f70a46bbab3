"""How a report gets into a folder of readers, wherever that folder is: the same steps over a disk and over SMB."""
