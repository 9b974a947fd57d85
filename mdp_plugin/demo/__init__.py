"""The local web page of ``mdpnet demo``: uploads, sessions, views, downloads and their layout."""
