#include "tests/reference/pointwise.hpp"

#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <vector>

#include <sporkle/analysis.hpp>

#include "tests/reference/pointwise_value.hpp"

namespace sporkle::testing {
namespace {

using Point = std::vector<std::int64_t>;  ///< values of all indices

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
