"""How the engine `dask` holds its cluster, and what is done there."""
