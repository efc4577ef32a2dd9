// Keeps index<"i"> unambiguous. POSIX's <strings.h>, which <cstring> includes, declares a legacy function
// index() in the global namespace, where `using namespace sporkle::dsl` makes our template visible, too. Here
// the legacy function is declared first, under another name; the include guard of <strings.h> does the rest.
//
// That helps as long as a header of Sporkle comes before <cstring>. Otherwise write the kernels in a
// namespace and say `using sporkle::dsl::index;` in it: see dsl/README.md.
#pragma once

#if __has_include(<strings.h>)
#pragma push_macro("index")
#define index sporkle_posix_index
#include <strings.h>
#undef index
#pragma pop_macro("index")
#endif
