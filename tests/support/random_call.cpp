#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

#include <sporkle/analysis.hpp>
#include <sporkle/binding.hpp>
#include <sporkle/half.hpp>

#include "tests/support/random.hpp"
#include "tests/support/random_program.hpp"

namespace sporkle::testing {
namespace {

// --- extents ---

/// Chooses extents that the equations of binding.hpp and the bounds of reads allow. False when the choices
/// made cannot be completed.
class ExtentChooser {
  public:
    ExtentChooser(const Program& p, Random& r, const CallOptions& options, int highest)
        : p_(p), r_(r), options_(options), highest_(highest) {}

    bool choose(Extents& extents) {
        e_ = &extents;
        for (std::int64_t& extent : extents.index) extent = unknown;
        for (auto& dims : extents.tensor) std::fill(std::begin(dims), std::end(dims), unknown);
        std::vector<int> order;
        for (int i = 0; i < p_.index_count; ++i) {
            const auto given = static_cast<std::size_t>(i) < options_.index_extents.size()
                                   ? options_.index_extents[static_cast<std::size_t>(i)]
                                   : unknown;
            extents.index[i] = p_.indices[i].extent != 0 ? p_.indices[i].extent : given;
            order.push_back(i);
        }
        if (!propagate()) return false;
        r_.shuffle(order);
        for (const int i : order) {
            if (extents.index[i] != unknown) continue;
            extents.index[i] = some_extent();
            if (!propagate()) return false;
        }
        return free_dimensions() && steps() <= options_.most_steps;
    }

  private:
    static constexpr std::int64_t unknown = -1;

    std::int64_t some_extent() {
        if (r_.chance(4)) return 0;
        if (!long_one_ && r_.chance(6)) {  // several blocks of a reduction
            long_one_ = true;
            return std::min<std::int64_t>(
                r_.one_of({63, 64, 65, 127, 129, 4095, 4096, 4097, 5000, 8193, 12289}),
                std::max<std::int64_t>(1, options_.most_steps / 8));
        }
        const int extent = r_.one_of({1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 17, 19, 23, 31, 33, 37});
        return std::min(extent, highest_);
    }

    bool propagate() {
        bool consistent = true;
        for (bool changed = true; changed && consistent;) {
            changed = false;
            for_each_binding(p_, [&](const Binding& b) {
                std::int64_t &index = e_->index[b.index], &extent = e_->tensor[b.tensor][b.dim];
                if (index != unknown && extent == unknown) {
                    extent = index * b.scale;
                    changed = true;
                } else if (index == unknown && extent != unknown) {
                    if (extent % b.scale != 0) consistent = false;
                    index = extent / b.scale;
                    changed = true;
                } else if (index != unknown && extent != index * b.scale) {
                    consistent = false;
                }
            });
        }
        return consistent;
    }

    /// Dimensions that no plain subscript binds: large enough for what is read of them.
    bool free_dimensions() {
        for (int t = 0; t < p_.tensor_count; ++t)
            for (int d = 0; d < p_.tensors[t].rank; ++d)
                if (e_->tensor[t][d] == unknown) {
                    e_->tensor[t][d] = p_.tensors[t].boundary == Boundary::none ? needed(t, d) + spare()
                                       : options_.roomy ? std::max<std::int64_t>(1, needed(t, d) - spare())
                                                        : r_.between(1, 9);
                }
        for (int a = 0; a < p_.access_count; ++a)
            if (!fits(p_.accesses[a])) return false;
        return true;
    }
    int spare() { return r_.chance(50) ? 0 : r_.below(4); }

    bool is_read(const Access& access) const {
        for (int i = 0; i < p_.index_count; ++i)
            if ((index_set(p_, access) >> i & 1) && e_->index[i] == 0) return false;
        return true;
    }
    std::int64_t needed(int t, int d) const {
        std::int64_t extent = 0, lowest = 0, highest = 0;
        for (int a = 0; a < p_.access_count; ++a)
            if (p_.accesses[a].tensor == t && is_read(p_.accesses[a]) &&
                subscript_range(p_.accesses[a].subscripts[d], *e_, lowest, highest))
                extent = std::max(extent, highest + 1);
        return extent;
    }
    bool fits(const Access& access) const {
        if (!is_read(access)) return true;
        for (int d = 0; d < p_.tensors[access.tensor].rank; ++d) {
            std::int64_t lowest = 0, highest = 0;
            const std::int64_t extent = e_->tensor[access.tensor][d];
            if (!subscript_range(access.subscripts[d], *e_, lowest, highest)) return false;
            const Boundary boundary = p_.tensors[access.tensor].boundary;
            if (boundary == Boundary::none && (lowest < 0 || highest >= extent)) return false;
            if (boundary > Boundary::zero && extent == 0) return false;
        }
        return true;
    }

    /// Innermost evaluations: of the statements and of every reduction for all of its free indices.
    std::int64_t steps() const {
        const auto free = free_indices(p_);
        double total = 0;
        const auto points = [this](IndexSet set) {
            double product = 1;
            for (int i = 0; i < p_.index_count; ++i)
                if (set >> i & 1) product *= static_cast<double>(e_->index[i]);
            return product;
        };
        for (int s = 0; s < p_.statement_count; ++s) total += points(index_set(p_, p_.statements[s].target));
        for (int n = 0; n < p_.node_count; ++n)
            if (p_.nodes[n].op == Op::reduce)
                total += points(free[n] | index_set(p_.reductions[p_.nodes[n].ref]));
        for (int t = 0; t < p_.tensor_count; ++t) {
            double elements = 1;
            for (int d = 0; d < p_.tensors[t].rank; ++d) elements *= static_cast<double>(e_->tensor[t][d]);
            total += elements;
        }
        return total < 1e15 ? static_cast<std::int64_t>(total) : std::numeric_limits<std::int64_t>::max();
    }

    const Program& p_;
    Random& r_;
    const CallOptions& options_;
    int highest_;
    bool long_one_ = false;
    Extents* e_ = nullptr;
};

// --- values ---

enum class Flavour { tame, plain, wild, tiny };

double tiny_value(DType type, Random& r) {
    const int least = type == DType::f64 ? -1022 : type == DType::f16 ? -14 : -126;
    const int digits = type == DType::f64 ? 52 : type == DType::f32 ? 23 : type == DType::f16 ? 10 : 7;
    const double digit = static_cast<double>(r.bits() >> 11) * 0x1p-53 + 1;  // 1 … 2
    const double number = r.chance(50) ? -digit : digit;
    if (r.chance(45)) return std::ldexp(number, least / 2 + r.between(-digits / 2, digits / 2));
    if (r.chance(45)) return std::ldexp(number, least + r.between(-digits - 1, 4));
    return r.chance(70) ? std::ldexp(number, r.between(-4, 4)) : std::copysign(0.0, number);
}

double float_value(DType type, Random& r, Flavour flavour) {
    if (flavour == Flavour::tiny) return tiny_value(type, r);
    if (flavour == Flavour::tame) return r.between(-32, 32) / 16.0;
    return static_cast<double>(static_cast<std::int64_t>(r.bits())) * 0x1p-61;
}

/// A bit pattern of the type.
std::uint64_t value_bits(DType type, Random& r, Flavour flavour) {
    if (type == DType::boolean) return r.bits() & 1;
    if (is_integer(type)) {
        if (flavour == Flavour::tame)
            return static_cast<std::uint64_t>(r.between(is_signed(type) ? -3 : 0, 4));
        const int width = 8 * size_of(type);
        if (flavour == Flavour::wild && r.chance(30)) {  // the extremes and what is beside them
            const int power = (width - r.between(0, 1)) % 64;
            return (std::uint64_t(1) << power) - static_cast<unsigned>(r.below(3));
        }
        return flavour == Flavour::wild ? r.bits() : static_cast<std::uint64_t>(r.between(-100, 100));
    }
    if (flavour == Flavour::wild) {
        if (r.chance(60)) return r.bits();  // any exponent, now and then a NaN
        using L = std::numeric_limits<double>;
        const double special =
            r.one_of({0.0,     -0.0,    L::infinity(), -L::infinity(), L::quiet_NaN(), 1.0,
                      -1.0,    65504.0, 65520.0,       3.3895e38,      3.4028235e38,   1.5e-45,
                      1.2e-38, 6e-8,    1.7e308,       5e-324,         2147483648.0,   -9.3e18,
                      0.5,     2.5,     88.8,          -104.0});
        switch (type) {
            case DType::f64:
                return std::bit_cast<std::uint64_t>(special);
            case DType::f32:
                return std::bit_cast<std::uint32_t>(static_cast<float>(special));
            case DType::f16:
                return half(special).bits();
            default:
                return bfloat16(special).bits();
        }
    }
    const double value = float_value(type, r, flavour);
    switch (type) {
        case DType::f64:
            return std::bit_cast<std::uint64_t>(value);
        case DType::f32:
            return std::bit_cast<std::uint32_t>(static_cast<float>(value));
        case DType::f16:
            return half(value).bits();
        default:
            return bfloat16(value).bits();
    }
}

// --- layout ---

/// Strides, place in memory and values of one tensor.
void lay_out(CallTensor& t, Role role, Random& r, const CallOptions& options) {
    const bool dense = options.dense || r.chance(45);
    std::vector<int> order;  // innermost first
    for (int d = t.rank - 1; d >= 0; --d) order.push_back(d);
    if (!dense && r.chance(50)) r.shuffle(order);
    std::int64_t stride = 1;
    if (!dense && r.chance(25)) stride = r.between(2, 3);
    for (const int d : order) {
        t.strides[d] = stride;
        stride *= std::max<std::int64_t>(t.extents[d], 1) + (dense || r.chance(60) ? 0 : r.between(1, 5));
        if (!dense && r.chance(20)) t.strides[d] = -t.strides[d];
        if (!dense && role == Role::input && r.chance(12)) t.strides[d] = 0;
    }
    if (!t.empty()) {
        t.highest = 0;
        for (int d = 0; d < t.rank; ++d) {
            const std::int64_t reach = (t.extents[d] - 1) * t.strides[d];
            (reach < 0 ? t.lowest : t.highest) += reach;
        }
    }
    const std::int64_t size = size_of(t.dtype);
    const std::int64_t margin = 64 + size * r.below(16);
    const std::int64_t elements = t.empty() ? 0 : t.highest - t.lowest + 1;
    t.bytes.resize(static_cast<std::size_t>(elements * size + 2 * margin));
    t.origin = static_cast<std::size_t>(margin - t.lowest * size);
    for (std::byte& b : t.bytes) b = static_cast<std::byte>(r.bits());

    const Flavour flavour = options.tiny                   ? Flavour::tiny
                            : options.finite               ? Flavour::plain
                            : options.tame || r.chance(30) ? Flavour::tame
                            : r.chance(65)                 ? Flavour::plain
                                                           : Flavour::wild;
    for (std::int64_t e = 0; e < elements; ++e) {
        // a wild value here and there, or all of them
        const bool rare = !options.tame && !options.finite && flavour == Flavour::plain && r.chance(2);
        const std::uint64_t bits = value_bits(t.dtype, r, rare ? Flavour::wild : flavour);
        std::memcpy(t.bytes.data() + margin + e * size, &bits, static_cast<std::size_t>(size));
    }
}

}  // namespace

bool CallTensor::empty() const { return std::find(extents, extents + rank, 0) != extents + rank; }

std::vector<CallArgument> Call::arguments() {
    std::vector<CallArgument> result;
    for (int a = 0; a < program->argument_count; ++a) {
        const Argument& argument = program->arguments[a];
        CallArgument value;
        if (argument.is_scalar) {
            value.scalar = scalars[argument.number];
        } else {
            CallTensor& tensor = tensors[argument.number];
            value.tensor.data = tensor.data();
            std::copy_n(tensor.strides, max_rank, value.tensor.strides);
            std::copy_n(tensor.extents, max_rank, value.tensor.extents);
        }
        result.push_back(value);
    }
    return result;
}

Call random_call(const Program& program, std::uint64_t seed, const CallOptions& options) {
    Random r(seed ^ 0x5eed5eed5eed5eedu);
    for (int attempt = 0; attempt < 200; ++attempt) {
        Extents extents;
        const int highest = std::max(1, 40 - attempt / 4);
        if (!ExtentChooser(program, r, options, highest).choose(extents)) continue;
        Call call;
        call.program = &program;
        for (int t = 0; t < program.tensor_count; ++t) {
            CallTensor tensor;
            tensor.dtype = program.tensors[t].dtype;
            tensor.rank = program.tensors[t].rank;
            std::copy_n(extents.tensor[t], max_rank, tensor.extents);
            std::fill(tensor.extents + tensor.rank, tensor.extents + max_rank, 0);
            if (program.tensors[t].role != Role::temporary)
                lay_out(tensor, program.tensors[t].role, r, options);
            call.tensors.push_back(tensor);
        }
        const Flavour flavour = options.tiny     ? Flavour::tiny
                                : options.finite ? Flavour::plain
                                : options.tame   ? Flavour::tame
                                                 : r.one_of({Flavour::tame, Flavour::plain, Flavour::wild});
        for (int s = 0; s < program.scalar_count; ++s)
            call.scalars.push_back(value_bits(program.scalars[s].dtype, r, flavour));
        resolve_extents(program, call.arguments());  // throws where this file and extents.hpp disagree
        return call;
    }
    throw std::runtime_error("random_call found no arguments that fit kernel '" +
                             std::string(program.name.view()) + "', seed " + std::to_string(seed));
}

}  // namespace sporkle::testing
