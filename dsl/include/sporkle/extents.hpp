// A call's arguments, and what they say about the kernel's extents.
//
// `resolve_extents` gives every index and every dimension its extent, and refuses a call whose arguments do
// not fit the kernel: disagreeing extents, reads outside a tensor that has no boundary rule, sizes that do
// not fit 63 bits, outputs whose elements may lie on each other. Its messages name kernel, tensor, dimension
// and both values. What it accepts can be evaluated without any further check of a number.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <sporkle/binding.hpp>
#include <sporkle/error.hpp>
#include <sporkle/program.hpp>

namespace sporkle {

/// A tensor of the caller: address of the element whose subscripts are all 0, and per dimension the stride in
/// elements (negative and, for inputs, 0 are allowed) and the extent. Entries beyond the rank are ignored.
struct TensorView {
    void* data = nullptr;
    std::int64_t strides[max_rank] = {};
    std::int64_t extents[max_rank] = {};
};

/// One argument of a call: what Program::arguments says of its place decides which member counts.
struct CallArgument {
    TensorView tensor;
    std::uint64_t scalar = 0;  ///< bit pattern in the low bytes
};

/// The extents of one call.
struct Extents {
    std::int64_t index[max_indices] = {};
    std::int64_t tensor[max_tensors][max_rank] = {};  ///< of temporaries, too
};

/// The lowest and highest value of a subscript over all values of its indices, each of which has at least
/// one. False when they do not fit an i64.
constexpr bool subscript_range(const Affine& s, const Extents& extents, std::int64_t& lowest,
                               std::int64_t& highest) {
    lowest = highest = s.constant;
    for (int t = 0; t < s.count; ++t) {
        std::int64_t span = 0;
        if (__builtin_mul_overflow(extents.index[s.terms[t].index] - 1, std::int64_t(s.terms[t].coefficient),
                                   &span))
            return false;
        std::int64_t& end = span < 0 ? lowest : highest;
        if (__builtin_add_overflow(end, span, &end)) return false;
    }
    return true;
}

namespace resolution {

class Resolver {
  public:
    Resolver(const Program& program, std::span<const CallArgument> arguments)
        : p_(program), arguments_(arguments) {}

    Extents run() {
        take_extents();
        bind();
        for (int a = 0; a < p_.access_count; ++a) check_reads(p_.accesses[a]);
        check_sizes();
        for (int a = 0; a < p_.argument_count; ++a)
            if (!p_.arguments[a].is_scalar)
                check_memory(p_.arguments[a].number, arguments_[static_cast<std::size_t>(a)].tensor);
        return extents_;
    }

  private:
    static constexpr std::int64_t unknown = -1;
    static constexpr std::int64_t most_bytes = std::int64_t(1) << 62;

    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorCode::invalid_argument, "kernel '" + std::string(p_.name.view()) + "': " + what);
    }
    static std::string number(std::int64_t n) { return std::to_string(n); }
    template <class Named>
    static std::string name(const Named& x) {
        return "'" + std::string(x.name.view()) + "'";
    }
    std::string dimension(int tensor, int dim) const {
        return "tensor " + name(p_.tensors[tensor]) + ", dimension " + number(dim);
    }

    void take_extents() {
        if (arguments_.size() != p_.argument_count)
            fail("takes " + number(p_.argument_count) + " arguments, but the call gives " +
                 number(static_cast<std::int64_t>(arguments_.size())));
        for (auto& dims : extents_.tensor)
            for (std::int64_t& extent : dims) extent = unknown;
        for (int i = 0; i < p_.index_count; ++i)
            extents_.index[i] = p_.indices[i].extent != 0 ? p_.indices[i].extent : unknown;
        for (int a = 0; a < p_.argument_count; ++a) {
            if (p_.arguments[a].is_scalar) continue;
            const int t = p_.arguments[a].number;
            for (int d = 0; d < p_.tensors[t].rank; ++d) {
                const std::int64_t extent = arguments_[static_cast<std::size_t>(a)].tensor.extents[d];
                if (extent < 0) fail(dimension(t, d) + " has the negative extent " + number(extent));
                extents_.tensor[t][d] = extent;
            }
        }
    }

    /// Solves the equations of binding.hpp. The last pass changes nothing and so has checked them all.
    void bind() {
        for (bool changed = true; changed;) {
            changed = false;
            for_each_binding(p_, [&](const Binding& b) { changed = settle(b) || changed; });
        }
    }

    bool settle(const Binding& b) {
        std::int64_t& index = extents_.index[b.index];
        std::int64_t& extent = extents_.tensor[b.tensor][b.dim];
        if (index == unknown && extent == unknown) return false;
        if (index == unknown) {
            if (extent % b.scale != 0)
                fail(dimension(b.tensor, b.dim) + " has extent " + number(extent) +
                     ", which is no multiple of " + number(b.scale) + ", as the kernel wants it");
            index = extent / b.scale;
            source_[b.index] = b;
            return true;
        }
        std::int64_t wanted = 0;
        if (__builtin_mul_overflow(index, std::int64_t(b.scale), &wanted))
            fail(dimension(b.tensor, b.dim) + " would need an extent beyond 63 bits");
        if (extent == unknown) {
            extent = wanted;
            return true;
        }
        if (extent != wanted) disagree(b, extent, wanted);
        return false;
    }

    [[noreturn]] void disagree(const Binding& b, std::int64_t extent, std::int64_t wanted) const {
        const Index& index = p_.indices[b.index];
        std::string message = dimension(b.tensor, b.dim) + " has extent " + number(extent) + ", but ";
        message += b.scale == 1 ? "index " : number(b.scale) + " times index ";
        message += name(index) + " is " + number(wanted);
        if (index.extent != 0)
            message += " by the kernel's definition";
        else
            message += " by " + dimension(source_[b.index].tensor, source_[b.index].dim);
        fail(message);
    }

    /// Every read lies inside its tensor, or its boundary rule has an element to give.
    void check_reads(const Access& access) const {
        const Tensor& tensor = p_.tensors[access.tensor];
        const IndexSet indices = index_set(p_, access);
        for (int i = 0; i < p_.index_count; ++i)
            if ((indices >> i & 1) && extents_.index[i] == 0) return;  // never read
        for (int d = 0; d < tensor.rank; ++d) {
            std::int64_t lowest = 0, highest = 0;
            const std::int64_t extent = extents_.tensor[access.tensor][d];
            if (!subscript_range(access.subscripts[d], extents_, lowest, highest))
                fail(dimension(access.tensor, d) + " has a subscript beyond 63 bits");
            if (tensor.boundary == Boundary::none) {
                if (lowest >= 0 && highest < extent) continue;
                fail(dimension(access.tensor, d) + " has extent " + number(extent) + ", but is read from " +
                     number(lowest) + " to " + number(highest) +
                     "; reads outside a tensor need a boundary rule");
            }
            if (extent == 0 && tensor.boundary != Boundary::zero)
                fail(dimension(access.tensor, d) + " has extent 0, but is read from " + number(lowest) +
                     " to " + number(highest) + ", and its boundary rule needs an element");
        }
    }

    /// The numbers of elements of everything that is walked or kept fit 62 bits. An extent of 0 counts as 1,
    /// so that partial products fit as well, in any order.
    void check_sizes() const {
        const auto grow = [](std::int64_t& total, std::int64_t extent) {
            return !__builtin_mul_overflow(total, extent > 1 ? extent : 1, &total) && total <= most_bytes;
        };
        for (int s = 0; s < p_.statement_count; ++s) {
            const Access& target = p_.statements[s].target;
            const Tensor& tensor = p_.tensors[target.tensor];
            std::int64_t total = size_of(tensor.dtype);
            for (int d = 0; d < tensor.rank; ++d)
                if (!grow(total, extents_.tensor[target.tensor][d]))
                    fail("tensor " + name(tensor) +
                         " has too many elements: " + shape(extents_.tensor[target.tensor], tensor.rank));
        }
        for (int r = 0; r < p_.reduction_count; ++r) {
            const Reduction& reduction = p_.reductions[r];
            std::int64_t total = 1, extents[max_rank] = {};
            for (int i = 0; i < reduction.count; ++i) extents[i] = extents_.index[reduction.indices[i]];
            for (int i = 0; i < reduction.count; ++i)
                if (!grow(total, extents[i]))
                    fail("a reduction over too many elements: " + shape(extents, reduction.count));
        }
    }
    static std::string shape(const std::int64_t* extents, int rank) {
        std::string text;
        for (int d = 0; d < rank; ++d) text += (d == 0 ? "" : " x ") + number(extents[d]);
        return text;
    }

    /// The tensor's elements have addresses, and those of an output do not lie on each other.
    void check_memory(int t, const TensorView& view) const {
        const Tensor& tensor = p_.tensors[t];
        for (int d = 0; d < tensor.rank; ++d)
            if (view.extents[d] == 0) return;  // no element
        if (view.data == nullptr) fail("tensor " + name(tensor) + " has elements but a null address");
        const std::int64_t most = most_bytes / size_of(tensor.dtype);
        std::int64_t span = 0;
        bool visited[max_rank] = {};
        for (int step = 0; step < tensor.rank; ++step) {  // by ascending stride
            int next = -1;
            for (int d = 0; d < tensor.rank; ++d)
                if (!visited[d] && (next < 0 || magnitude(view.strides[d]) < magnitude(view.strides[next])))
                    next = d;
            visited[next] = true;
            if (view.extents[next] == 1) continue;
            std::int64_t reach = 0;
            const std::uint64_t stride = magnitude(view.strides[next]);
            if (stride > static_cast<std::uint64_t>(most) ||
                __builtin_mul_overflow(view.extents[next] - 1, static_cast<std::int64_t>(stride), &reach) ||
                reach > most - span)
                fail(dimension(t, next) + " with extent " + number(view.extents[next]) + " and stride " +
                     number(view.strides[next]) + " reaches further than memory");
            if (tensor.role == Role::output && stride <= static_cast<std::uint64_t>(span))
                fail(dimension(t, next) + " with extent " + number(view.extents[next]) + " and stride " +
                     number(view.strides[next]) + " may put elements of an output on each other");
            span += reach;
        }
    }
    static std::uint64_t magnitude(std::int64_t x) {
        return x < 0 ? std::uint64_t(0) - static_cast<std::uint64_t>(x) : static_cast<std::uint64_t>(x);
    }

    const Program& p_;
    std::span<const CallArgument> arguments_;
    Extents extents_;
    Binding source_[max_indices] = {};  ///< what an index without compile-time extent got its extent from
};

}  // namespace resolution

/// The extents of a call of a valid Program. Throws Error(invalid_argument) when the arguments do not fit.
inline Extents resolve_extents(const Program& program, std::span<const CallArgument> arguments) {
    return resolution::Resolver(program, arguments).run();
}

}  // namespace sporkle
