// Hands the kernels to the kernel compiler.
#include "kernels.hpp"

SPORKLE_EXPORT(saxpy)
