"""`python -m rfm_service`."""

from rfm_service.cli import main

if __name__ == "__main__":
    main()
