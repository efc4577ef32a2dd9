#include "runtime/call/formula.hpp"

namespace sporkle::runtime {

std::optional<std::int64_t> evaluate(const bundle::Formula& formula, const std::uint64_t* words) {
    std::int64_t sum = 0;
    for (const bundle::Formula::Term& term : formula.terms) {
        std::int64_t product = term.coefficient;
        for (const bundle::Formula::Factor& factor : term.factors) {
            std::int64_t value = 1;
            for (const std::int32_t word : factor.words) {
                const auto number = static_cast<std::int64_t>(words[word]);
                if (number < 0 || __builtin_mul_overflow(value, number, &value)) return std::nullopt;
            }
            value = value / factor.divisor + (value % factor.divisor != 0 ? 1 : 0);
            if (__builtin_mul_overflow(product, value, &product)) return std::nullopt;
        }
        if (__builtin_add_overflow(sum, product, &sum)) return std::nullopt;
    }
    if (sum < 0) return std::nullopt;
    return sum;
}

}  // namespace sporkle::runtime
