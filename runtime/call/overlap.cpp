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
    Wide coefficient = 0;
    Wide most = 0;
};

Wide divided_up(Wide x, Wide by) { return x <= 0 ? -(-x / by) : (x + by - 1) / by; }

/// The least n ≥ 0 with a · n ≡ target (mod m), for coprime a and m: by the extended Euclidean algorithm.
Wide solve_congruence(Wide a, Wide target, Wide m) {
    Wide r = m, next_r = a % m, t = 0, next_t = 1;
    while (next_r != 0) {
        const Wide quotient = r / next_r;
        t -= quotient * next_t;
        std::swap(t, next_t);
        r -= quotient * next_r;
        std::swap(r, next_r);
    }
    const Wide inverse = (t % m + m) % m;
    return target % m * inverse % m;  // both factors are below 2^63
}

/// Whether Σ coefficient · n = target has a solution within the bounds. Terms whose sums have no gaps become
/// one; of the others the last two, those with the most values, are solved in closed form and the rest are
/// enumerated, with the greatest common divisor of what remains as a test. It is the problem of NumPy's
/// solve_may_share_memory.
class Diophantine {
  public:
    explicit Diophantine(std::vector<Term> terms) : terms_(std::move(terms)) {
        merge();
        std::sort(terms_.begin(), terms_.end(), [](const Term& a, const Term& b) { return a.most < b.most; });
        rest_.resize(terms_.size() + 1);
        divisor_.resize(terms_.size() + 1);
        for (std::size_t t = terms_.size(); t-- > 0;) {
            rest_[t] = rest_[t + 1] + terms_[t].coefficient * terms_[t].most;
            divisor_[t] = std::gcd(static_cast<std::uint64_t>(divisor_[t + 1]),
                                   static_cast<std::uint64_t>(terms_[t].coefficient));
        }
    }

    /// True also when the search is given up.
    bool may_reach(Wide target) { return search(0, target); }

  private:
    /// c · m + (k · c) · n takes every multiple of c that it can reach, as long as m reaches up to k - 1.
    void merge() {
        for (std::size_t i = 0; i < terms_.size(); ++i)
            for (std::size_t j = 0; j < terms_.size(); ++j) {
                const Wide ratio = terms_[j].coefficient / terms_[i].coefficient;
                if (i == j || terms_[j].coefficient % terms_[i].coefficient != 0 ||
                    ratio > terms_[i].most + 1)
                    continue;
                terms_[i].most += ratio * terms_[j].most;
                terms_.erase(terms_.begin() + static_cast<std::ptrdiff_t>(j));
                i = static_cast<std::size_t>(-1);  // begin anew
                break;
            }
    }

    bool search(std::size_t t, Wide target) {
        if (target < 0 || target > rest_[t]) return false;
        if (target == 0 || --patience_ < 0) return true;
        if (target % divisor_[t] != 0) return false;
        if (t + 1 == terms_.size()) return true;  // a multiple within the bounds
        if (t + 2 == terms_.size()) return two_terms(terms_[t], terms_[t + 1], target);
        const Wide coefficient = terms_[t].coefficient;
        const Wide last = std::min(terms_[t].most, target / coefficient);
        for (Wide n = std::max(Wide(0), divided_up(target - rest_[t + 1], coefficient)); n <= last; ++n)
            if (search(t + 1, target - n * coefficient)) return true;
        return false;
    }

    /// a · x + b · y = target, where the greatest common divisor of a and b divides the target.
    bool two_terms(const Term& x, const Term& y, Wide target) const {
        const Wide divisor =
            std::gcd(static_cast<std::uint64_t>(x.coefficient), static_cast<std::uint64_t>(y.coefficient));
        const Wide a = x.coefficient / divisor, b = y.coefficient / divisor, sum = target / divisor;
        const Wide least = std::max(Wide(0), divided_up(sum - b * y.most, a));
        const Wide most = std::min(x.most, sum / a);
        const Wide first = solve_congruence(a, sum, b);
        const Wide n = first >= least ? first : first + divided_up(least - first, b) * b;
        return n <= most;
    }

    std::vector<Term> terms_;
    std::vector<Wide> rest_;     ///< the most that terms t … last add up to
    std::vector<Wide> divisor_;  ///< greatest common divisor of their coefficients
    int patience_ = 10000;
};

/// The terms of a tensor's addresses counted from its lowest byte.
void add_terms(const Footprint& tensor, std::vector<Term>& terms) {
    for (int d = 0; d < tensor.rank; ++d) {
        const std::int64_t stride = tensor.view->strides[d];
        const std::uint64_t magnitude = stride < 0 ? std::uint64_t(0) - static_cast<std::uint64_t>(stride)
                                                   : static_cast<std::uint64_t>(stride);
        if (stride != 0 && tensor.view->extents[d] > 1)
            terms.push_back({Wide(magnitude) * tensor.element_bytes, Wide(tensor.view->extents[d] - 1)});
    }
    if (tensor.element_bytes > 1) terms.push_back({1, tensor.element_bytes - 1});
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
