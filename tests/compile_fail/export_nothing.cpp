// SPORKLE_EXPORT names kernels.
// expect: sporkle: SPORKLE_EXPORT names no kernel
#include "names.hpp"

SPORKLE_EXPORT()
