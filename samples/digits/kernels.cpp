// Hands the kernels to the kernel compiler.
#include "kernels.hpp"

using namespace digits::kernels;

SPORKLE_EXPORT(conv_relu, conv_filter_gradient, conv_bias_gradient)
SPORKLE_EXPORT(dense_relu, dense, dense_weight_gradient, dense_bias_gradient, dense_input_gradient)
SPORKLE_EXPORT(cross_entropy, read_digit, adam)
