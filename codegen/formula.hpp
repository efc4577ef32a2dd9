// Formula: a non-negative number computed from the parameter block when a call is prepared: grid sizes,
// scratch sizes. It is a sum of products, kept as data so that the bundle can carry it and the runtime can
// evaluate it with bounds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sporkle::codegen {

/// Σ over terms of  coefficient · Π over factors of  ceil(Π words / divisor)
struct Formula {
    struct Factor {
        std::vector<std::int32_t> words;  ///< of the parameter block, each taken as a non-negative i64
        std::int64_t divisor = 1;         ///< > 0
        friend bool operator==(const Factor&, const Factor&) = default;
    };
    struct Term {
        std::int64_t coefficient = 0;
        std::vector<Factor> factors;
        friend bool operator==(const Term&, const Term&) = default;
    };
    std::vector<Term> terms;

    static Formula constant(std::int64_t value) { return {{Term{value, {}}}}; }
    friend bool operator==(const Formula&, const Formula&) = default;
};

std::string to_text(const Formula& formula);

}  // namespace sporkle::codegen
