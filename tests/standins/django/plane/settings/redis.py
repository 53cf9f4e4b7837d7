"""Where Plane's code takes its direct Redis client from."""


def redis_instance():
    raise RuntimeError("the overlay takes this function's place")
