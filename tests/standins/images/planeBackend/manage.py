# A stand-in: the `python` of this image runs the commands itself and does not read this file.
