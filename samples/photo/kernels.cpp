// Hands the kernels to the kernel compiler.
#include "kernels.hpp"

using namespace photo::kernels;

SPORKLE_EXPORT(blur, sharpen, sobel, tone)
