"""When things happen: the clock, the workers and the engines that start them."""
