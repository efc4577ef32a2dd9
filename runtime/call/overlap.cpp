#include "runtime/call/overlap.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include <sporkle/program.hpp>

namespace sporkle::runtime {
namespace {

__extension__ using Wide = __int128;

/// coefficient · n with n from 0 to `most`.
struct Term {
    std::uint64_t coefficient = 0;
    std::uint64_t most = 0;
};

/// Whether Σ coefficient · n = target has a solution within the bounds: depth first over the terms, largest
/// coefficient first, so that the range of each n is narrow; with the greatest common divisor of the later
/// coefficients as a test. The idea is that of NumPy's solve_may_share_memory.
class Diophantine {
  public:
    explicit Diophantine(std::vector<Term> terms) : terms_(std::move(terms)) {
        std::sort(terms_.begin(), terms_.end(),
                  [](const Term& a, const Term& b) { return a.coefficient > b.coefficient; });
        rest_.resize(terms_.size() + 1);
        divisor_.resize(terms_.size() + 1);
        for (std::size_t t = terms_.size(); t-- > 0;) {
            rest_[t] = rest_[t + 1] + Wide(terms_[t].coefficient) * Wide(terms_[t].most);
            divisor_[t] = std::gcd(divisor_[t + 1], terms_[t].coefficient);
        }
    }

    /// True also when the search is given up.
    bool may_reach(Wide target) { return search(0, target); }

  private:
    bool search(std::size_t t, Wide target) {
        if (target < 0 || target > rest_[t]) return false;
        if (target == 0 || --patience_ < 0) return true;
        if (target % Wide(divisor_[t]) != 0) return false;
        const Wide coefficient = Wide(terms_[t].coefficient);
        const Wide most = std::min(Wide(terms_[t].most), target / coefficient);
        const Wide missing = target - rest_[t + 1];
        Wide n = missing <= 0 ? 0 : (missing + coefficient - 1) / coefficient;
        for (; n <= most; ++n)
            if (search(t + 1, target - n * coefficient)) return true;
        return false;
    }

    std::vector<Term> terms_;
    std::vector<Wide> rest_;              ///< the most that terms t … last add up to
    std::vector<std::uint64_t> divisor_;  ///< greatest common divisor of their coefficients
    int patience_ = 10000;
};

/// The terms of a tensor's addresses counted from its lowest byte.
void add_terms(const Footprint& tensor, std::vector<Term>& terms) {
    for (int d = 0; d < tensor.rank; ++d) {
        const std::int64_t stride = tensor.view->strides[d];
        const std::uint64_t magnitude = stride < 0 ? std::uint64_t(0) - static_cast<std::uint64_t>(stride)
                                                   : static_cast<std::uint64_t>(stride);
        if (stride != 0 && tensor.view->extents[d] > 1)
            terms.push_back({magnitude * static_cast<std::uint64_t>(tensor.element_bytes),
                             static_cast<std::uint64_t>(tensor.view->extents[d] - 1)});
    }
    if (tensor.element_bytes > 1) terms.push_back({1, static_cast<std::uint64_t>(tensor.element_bytes - 1)});
}

}  // namespace

AddressRange address_range(const Footprint& tensor) {
    const auto address = reinterpret_cast<std::uintptr_t>(tensor.view->data);
    std::int64_t lowest = 0, highest = 0;  // elements; they fit, since resolve_extents has bounded them
    for (int d = 0; d < tensor.rank; ++d) {
        if (tensor.view->extents[d] == 0) return {};
        const std::int64_t reach =
            (tensor.view->extents[d] - 1) * (tensor.view->extents[d] > 1 ? tensor.view->strides[d] : 0);
        (reach < 0 ? lowest : highest) += reach;
    }
    return {address + static_cast<std::uint64_t>(lowest * tensor.element_bytes),
            address + static_cast<std::uint64_t>((highest + 1) * tensor.element_bytes)};
}

bool overlap(const Footprint& x, const Footprint& y) {
    const AddressRange a = address_range(x), b = address_range(y);
    if (a.lowest == a.end || b.lowest == b.end || a.end <= b.lowest || b.end <= a.lowest) return false;
    // lowest(a) + Σa = lowest(b) + Σb; with n' = most - n for the terms of b all coefficients are positive.
    std::vector<Term> terms;
    add_terms(x, terms);
    add_terms(y, terms);
    const Wide target = Wide(b.end - 1) - Wide(a.lowest);
    return Diophantine(std::move(terms)).may_reach(target);
}

}  // namespace sporkle::runtime
