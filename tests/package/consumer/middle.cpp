// A library of the consumer's that brings kernels along.
int consumer_middle() { return 1; }
