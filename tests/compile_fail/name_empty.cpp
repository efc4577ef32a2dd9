// A name has characters.
// expect: sporkle: a name is empty
#include "names.hpp"

constexpr auto x = index<"">;
