"""Fast twins of inpainting (chapter 8), compiled.

``flow``     the operators;
``grid``     the multigrid solver;
``steady``   pictures from stored pixels, and the transpose of that map;
``lattice``  the tree of stored pixels and its coder;
``raster``   the coder of masks without a structure;
``coder``    streams of trees, and of such masks.
"""
