#include "tests/reference/pointwise.hpp"

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <vector>

#include <sporkle/analysis.hpp>
#include <sporkle/half.hpp>
#include <sporkle/math/functions.hpp>

namespace sporkle::testing {
namespace {

/// f32 values lie in `f`, f64 values in `d`, all others in `i`, within the range of their type.
struct Value {
    DType type = DType::i64;
    float f = 0;
    double d = 0;
    std::int64_t i = 0;
};

using Point = std::vector<std::int64_t>;  ///< values of all indices

Value integer(DType type, std::uint64_t bits) {
    Value v{type};
    switch (type) {
        case DType::i8:
            v.i = static_cast<std::int8_t>(bits);
            break;
        case DType::u8:
            v.i = static_cast<std::uint8_t>(bits);
            break;
        case DType::i16:
            v.i = static_cast<std::int16_t>(bits);
            break;
        case DType::i32:
            v.i = static_cast<std::int32_t>(bits);
            break;
        case DType::u32:
            v.i = static_cast<std::uint32_t>(bits);
            break;
        case DType::boolean:
            v.i = bits != 0;
            break;
        default:
            v.i = static_cast<std::int64_t>(bits);
    }
    return v;
}
Value number(float x) { return {DType::f32, x, 0, 0}; }
Value number(double x) { return {DType::f64, 0, x, 0}; }
Value truth(bool x) { return {DType::boolean, 0, 0, x}; }

/// A value from the pattern in which memory, literals and scalars hold it.
Value from_bits(DType storage, std::uint64_t bits) {
    float f = 0;
    double d = 0;
    switch (storage) {
        case DType::f64:
            std::memcpy(&d, &bits, 8);
            return number(d);
        case DType::f32:
            std::memcpy(&f, &bits, 4);
            return number(f);
        case DType::f16:
            return number(static_cast<float>(half::from_bits(static_cast<std::uint16_t>(bits))));
        case DType::bf16:
            return number(static_cast<float>(bfloat16::from_bits(static_cast<std::uint16_t>(bits))));
        case DType::boolean:
            return truth((bits & 0xff) != 0);
        default:
            return integer(storage, bits);
    }
}

std::uint64_t to_bits(DType storage, const Value& v) {
    std::uint64_t bits = static_cast<std::uint64_t>(v.i);
    if (storage == DType::f64) std::memcpy(&bits, &v.d, 8);
    if (storage == DType::f32) std::memcpy(&bits, &v.f, 4);
    if (storage == DType::f16) bits = half(v.f).bits();
    if (storage == DType::bf16) bits = bfloat16(v.f).bits();
    return bits;
}

template <class T>
T one(Op op, T x) {
    switch (op) {
        case Op::neg:
            return -x;
        case Op::abs:
            return std::fabs(x);
        case Op::sqrt:
            return std::sqrt(x);
        case Op::floor:
            return std::floor(x);
        case Op::ceil:
            return std::ceil(x);
        case Op::trunc:
            return std::trunc(x);
        case Op::round_even:
            return std::rint(x);
        case Op::exp:
            return math::exp(x);
        case Op::log:
            return math::log(x);
        case Op::tanh:
            return math::tanh(x);
        case Op::sigmoid:
            return math::sigmoid(x);
        default:
            return math::rsqrt(x);
    }
}
template <class T>
T two(Op op, T a, T b) {
    switch (op) {
        case Op::add:
            return a + b;
        case Op::sub:
            return a - b;
        case Op::mul:
            return a * b;
        case Op::div:
            return a / b;
        case Op::min:
            return a < b ? a : b;
        default:
            return a > b ? a : b;
    }
}
template <class T>
bool compared(Op op, T a, T b) {
    switch (op) {
        case Op::less:
            return a < b;
        case Op::less_equal:
            return a <= b;
        case Op::greater:
            return a > b;
        case Op::greater_equal:
            return a >= b;
        case Op::equal:
            return a == b;
        default:
            return a != b;
    }
}

/// Integers and booleans, in 128 bits, wrapped by the caller.
std::int64_t two_integers(Op op, DType type, std::int64_t a, std::int64_t b) {
    __extension__ using Wide = __int128;
    const int width = 8 * size_of(type);
    const auto count = static_cast<int>(((b % width) + width) % width);
    const bool is_unsigned = type == DType::u8 || type == DType::u32;
    switch (op) {
        case Op::add:
            return static_cast<std::int64_t>(Wide(a) + b);
        case Op::sub:
            return static_cast<std::int64_t>(Wide(a) - b);
        case Op::mul:
            return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
        case Op::div:
            return b == 0 ? 0 : static_cast<std::int64_t>(Wide(a) / b);
        case Op::rem:
            return b == 0 ? 0 : static_cast<std::int64_t>(Wide(a) % b);
        case Op::min:
            return a < b ? a : b;
        case Op::max:
            return a > b ? a : b;
        case Op::bit_and:
        case Op::logical_and:
            return a & b;
        case Op::bit_or:
        case Op::logical_or:
            return a | b;
        case Op::bit_xor:
            return a ^ b;
        case Op::shl:
            return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) << count);
        default:
            return is_unsigned ? static_cast<std::int64_t>(static_cast<std::uint64_t>(a) >> count)
                               : a >> count;
    }
}

Value binary(Op op, const Value& a, const Value& b) {
    if (op >= Op::less && op <= Op::not_equal) {
        if (a.type == DType::f32) return truth(compared(op, a.f, b.f));
        if (a.type == DType::f64) return truth(compared(op, a.d, b.d));
        return truth(compared(op, a.i, b.i));
    }
    if (a.type == DType::f32) return number(two(op, a.f, b.f));
    if (a.type == DType::f64) return number(two(op, a.d, b.d));
    return integer(a.type, static_cast<std::uint64_t>(two_integers(op, a.type, a.i, b.i)));
}

Value unary(Op op, const Value& a) {
    if (a.type == DType::f32) return number(one(op, a.f));
    if (a.type == DType::f64) return number(one(op, a.d));
    if (op == Op::logical_not || (op == Op::bit_not && a.type == DType::boolean)) return truth(a.i == 0);
    if (op == Op::bit_not) return integer(a.type, ~static_cast<std::uint64_t>(a.i));
    if (op == Op::abs && a.i >= 0) return a;
    return integer(a.type, 0 - static_cast<std::uint64_t>(a.i));
}

Value multiply_add(const Value& a, const Value& b, const Value& c) {
    if (a.type == DType::f32) return number(std::fma(a.f, b.f, c.f));
    if (a.type == DType::f64) return number(std::fma(a.d, b.d, c.d));
    return binary(Op::add, binary(Op::mul, a, b), c);
}

/// The value as a long double, which holds every value of every type (checked where it is used).
long double exact(const Value& v) {
    return v.type == DType::f32 ? v.f : v.type == DType::f64 ? v.d : static_cast<long double>(v.i);
}

/// Rounds to a 16-bit format by way of a double that is exact or sticky in its last place.
template <class Storage>
Value through(const Value& v) {
    const long double x = exact(v);
    double d = static_cast<double>(x);
    if (static_cast<long double>(d) != x && x == x) {  // a 64-bit integer: cut, and set the last bit
        if (std::fabs(static_cast<long double>(d)) > std::fabs(x)) d = std::nextafter(d, 0.0);
        std::uint64_t bits = 0;
        std::memcpy(&bits, &d, 8);
        bits |= 1;
        std::memcpy(&d, &bits, 8);
    }
    return number(static_cast<float>(Storage(d)));
}

Value cast(DType to, const Value& a) {
    const long double x = exact(a);
    if (to == DType::f16) return through<half>(a);
    if (to == DType::bf16) return through<bfloat16>(a);
    if (to == DType::f64) return number(static_cast<double>(x));
    if (to == DType::f32)
        return number(a.type == DType::f64 ? static_cast<float>(a.d) : static_cast<float>(x));
    if (to == DType::boolean) return truth(x != 0);
    if (!is_float(a.type)) return integer(to, static_cast<std::uint64_t>(a.i));
    const int width = 8 * size_of(to);
    const long double highest = is_signed(to) ? std::ldexp(1.0L, width - 1) - 1 : std::ldexp(1.0L, width) - 1;
    const long double lowest = is_signed(to) ? -std::ldexp(1.0L, width - 1) : 0;
    if (x != x) return integer(to, 0);
    const long double whole = std::trunc(x);
    const long double inside = whole < lowest ? lowest : whole > highest ? highest : whole;
    return integer(to, static_cast<std::uint64_t>(static_cast<std::int64_t>(inside)));
}

class Evaluator {
  public:
    Evaluator(const Program& p, Call& call)
        : p_(p), call_(call), extents_(resolve_extents(p, call.arguments())) {}

    void run() {
        for (int s = 0; s < p_.statement_count; ++s) {
            const Access& target = p_.statements[s].target;
            std::vector<int> left;
            for (int i = 0; i < p_.index_count; ++i)
                if (index_set(p_, target) >> i & 1) left.push_back(i);
            Point point(max_indices, 0);
            walk(left, 0, point, [&] { write(target, node(p_.statements[s].value, point), point); });
        }
    }

  private:
    void walk(const std::vector<int>& indices, std::size_t depth, Point& point,
              const std::function<void()>& body) {
        if (depth == indices.size()) return body();
        const auto i = static_cast<std::size_t>(indices[depth]);
        for (point[i] = 0; point[i] < extents_.index[i]; ++point[i]) walk(indices, depth + 1, point, body);
    }

    static std::int64_t subscript(const Affine& s, const Point& point) {
        std::int64_t x = s.constant;
        for (int t = 0; t < s.count; ++t) x += s.terms[t].coefficient * point[s.terms[t].index];
        return x;
    }

    Value read(const Access& access, const Point& point) {
        const Tensor& tensor = p_.tensors[access.tensor];
        std::vector<std::int64_t> place;
        for (int d = 0; d < tensor.rank; ++d) {
            const std::int64_t n = extents_.tensor[access.tensor][d];
            std::int64_t x = subscript(access.subscripts[d], point);
            while (x < 0 || x >= n) {
                if (tensor.boundary == Boundary::zero) return from_bits(tensor.dtype, 0);
                if (tensor.boundary == Boundary::clamp) x = x < 0 ? 0 : n - 1;
                if (tensor.boundary == Boundary::wrap) x += x < 0 ? n : -n;
                if (tensor.boundary == Boundary::reflect) x = n == 1 ? 0 : x < 0 ? -x : 2 * (n - 1) - x;
            }
            place.push_back(x);
        }
        if (tensor.role == Role::temporary)
            return from_bits(tensor.dtype, temporaries_[access.tensor][place]);
        std::uint64_t bits = 0;
        std::memcpy(&bits, address(access.tensor, place), static_cast<std::size_t>(size_of(tensor.dtype)));
        return from_bits(tensor.dtype, bits);
    }

    void write(const Access& target, const Value& value, const Point& point) {
        const Tensor& tensor = p_.tensors[target.tensor];
        std::vector<std::int64_t> place;
        for (int d = 0; d < tensor.rank; ++d) place.push_back(subscript(target.subscripts[d], point));
        const std::uint64_t bits = to_bits(tensor.dtype, value);
        if (tensor.role == Role::temporary)
            temporaries_[target.tensor][place] = bits;
        else
            std::memcpy(address(target.tensor, place), &bits,
                        static_cast<std::size_t>(size_of(tensor.dtype)));
    }

    std::byte* address(int t, const std::vector<std::int64_t>& place) {
        CallTensor& tensor = call_.tensors[static_cast<std::size_t>(t)];
        std::int64_t offset = 0;
        for (std::size_t d = 0; d < place.size(); ++d) offset += place[d] * tensor.strides[d];
        return tensor.data() + offset * size_of(tensor.dtype);
    }

    Value node(int n, Point& point) {
        const Node& x = p_.nodes[n];
        switch (x.op) {
            case Op::literal:
                return from_bits(x.dtype, x.bits);
            case Op::scalar:
                return from_bits(p_.scalars[x.ref].dtype, call_.scalars[x.ref]);
            case Op::access:
                return read(p_.accesses[x.ref], point);
            case Op::index_value:
                return integer(DType::i64, static_cast<std::uint64_t>(point[x.ref]));
            case Op::cast:
                return cast(static_cast<DType>(x.ref), node(x.a, point));
            case Op::reduce:
                return reduce(n, point);
            case Op::select:
                return node(x.a, point).i != 0 ? node(x.b, point) : node(x.c, point);
            case Op::fma:
                return multiply_add(node(x.a, point), node(x.b, point), node(x.c, point));
            default:
                break;
        }
        if (operand_count(x.op) == 1) return unary(x.op, node(x.a, point));
        return binary(x.op, node(x.a, point), node(x.b, point));
    }

    // --- reductions: all elements are listed, then combined as program.hpp says ---

    struct Element {
        Value value, factor;      ///< factor: where the sum accumulates by fma
        std::int64_t number = 0;  ///< of argmax, argmin
    };

    Value reduce(int n, Point& point) {
        const Reduction& reduction = p_.reductions[p_.nodes[n].ref];
        const int body = p_.nodes[n].a;
        const bool by_fma = accumulates_by_fma(p_, n);
        std::vector<Element> elements;
        const std::vector<int> indices(reduction.indices, reduction.indices + reduction.count);
        Point inner = point;
        walk(indices, 0, inner, [&] {
            Element e;
            e.number = static_cast<std::int64_t>(elements.size());
            e.value = node(by_fma ? p_.nodes[body].a : body, inner);
            if (by_fma) e.factor = node(p_.nodes[body].b, inner);
            elements.push_back(e);
        });
        const Element identity = identity_of(reduction.kind, p_.nodes[body].dtype);
        const bool in_lanes = effective_order(p_, free_, n) == Order::lanes;
        const Element total = in_lanes ? lanes(reduction.kind, identity, elements, by_fma)
                                       : chain(reduction.kind, identity, elements, by_fma);
        if (reduction.kind < Reduce::argmax) return total.value;
        const bool nobody = total.number == std::numeric_limits<std::int64_t>::max();
        return integer(DType::i64, static_cast<std::uint64_t>(nobody ? -1 : total.number));
    }

    static Element identity_of(Reduce kind, DType type) {
        const bool is_max = kind == Reduce::max || kind == Reduce::argmax;
        long double x = 0;
        if (kind == Reduce::prod) x = 1;
        Element e;
        e.number = std::numeric_limits<std::int64_t>::max();
        if (kind == Reduce::sum || kind == Reduce::prod) {
            e.value = is_float(type) ? cast(type, number(static_cast<double>(x)))
                                     : integer(type, static_cast<std::uint64_t>(x));
        } else {
            const double infinity = std::numeric_limits<double>::infinity();
            e.value = cast(type, number(is_max ? -infinity : infinity));  // saturates
        }
        return e;
    }

    static Element join(Reduce kind, const Element& a, const Element& b) {
        switch (kind) {
            case Reduce::sum:
                return {binary(Op::add, a.value, b.value), {}, 0};
            case Reduce::prod:
                return {binary(Op::mul, a.value, b.value), {}, 0};
            case Reduce::max:
                return {binary(Op::max, a.value, b.value), {}, 0};
            case Reduce::min:
                return {binary(Op::min, a.value, b.value), {}, 0};
            default:
                break;
        }
        const Op better = kind == Reduce::argmax ? Op::greater : Op::less;
        if (binary(better, b.value, a.value).i) return b;
        return binary(Op::equal, b.value, a.value).i && b.number < a.number ? b : a;
    }
    static Element take(Reduce kind, const Element& acc, const Element& e, bool by_fma) {
        return by_fma ? Element{multiply_add(e.value, e.factor, acc.value), {}, 0} : join(kind, acc, e);
    }

    static Element chain(Reduce kind, const Element& identity, const std::vector<Element>& elements,
                         bool by_fma) {
        Element acc = identity;
        for (const Element& e : elements) acc = take(kind, acc, e, by_fma);
        return acc;
    }
    static Element lanes(Reduce kind, const Element& identity, const std::vector<Element>& elements,
                         bool by_fma) {
        std::vector<Element> results;
        for (std::size_t first = 0; first < elements.size(); first += lanes_block) {
            std::vector<Element> p(lanes_partials, identity);
            for (std::size_t e = first; e < std::min(elements.size(), first + lanes_block); ++e)
                p[e % lanes_partials] = take(kind, p[e % lanes_partials], elements[e], by_fma);
            for (std::size_t w = 32; w > 0; w /= 2)
                for (std::size_t l = 0; l < w; ++l) p[l] = join(kind, p[l], p[l + w]);
            results.push_back(p[0]);
        }
        if (results.empty()) return identity;
        while (results.size() > 1) {
            std::vector<Element> next;
            for (std::size_t r = 0; r < results.size(); r += 2)
                next.push_back(r + 1 < results.size() ? join(kind, results[r], results[r + 1]) : results[r]);
            results = next;
        }
        return results[0];
    }

    const Program& p_;
    Call& call_;
    Extents extents_;
    std::array<IndexSet, max_nodes> free_ = free_indices(p_);
    std::map<std::vector<std::int64_t>, std::uint64_t> temporaries_[max_tensors];
};

}  // namespace

void evaluate_pointwise(const Program& program, Call& call) { Evaluator(program, call).run(); }

}  // namespace sporkle::testing
