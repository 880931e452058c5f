"""Where rows of lists come from beside the Butler: databases, files on disk, addresses."""
