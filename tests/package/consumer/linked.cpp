#include "kernels.hpp"

SPORKLE_EXPORT(consumer::product)
