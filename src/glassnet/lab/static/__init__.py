"""The lab without a server: a folder of files, with Python in the visitor's browser."""
