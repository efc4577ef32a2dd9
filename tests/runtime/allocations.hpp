// Counts what a program that links allocations.cpp allocates.
#pragma once

namespace sporkle::test {

long allocations();

}  // namespace sporkle::test
