// A name has 47 characters at most.
// expect: sporkle: a name is longer than 47 characters
#include "names.hpp"

constexpr auto x = kernel<"a_name_that_goes_on_and_on_until_it_has_48_chars">(v(i) = u(i));
