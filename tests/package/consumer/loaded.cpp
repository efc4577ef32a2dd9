#include "kernels.hpp"

SPORKLE_EXPORT(consumer::scaled)
