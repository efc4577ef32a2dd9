// Kernels of every class, in the notation, for any element type that makes sense. Each is a function, so that
// a test compiles only what it asks for.
#pragma once

#include "tests/conformance/kernels/contractions.hpp"
#include "tests/conformance/kernels/fusions.hpp"
#include "tests/conformance/kernels/maps.hpp"
#include "tests/conformance/kernels/reductions.hpp"
#include "tests/conformance/kernels/windows.hpp"
