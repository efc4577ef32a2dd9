#include "codegen/bundle/program_bytes.hpp"

#include <cstring>
#include <type_traits>

namespace sporkle::codegen {
namespace {

class Copier {
  public:
    explicit Copier(const Program& program)
        : program_(reinterpret_cast<const std::byte*>(&program)), bytes_(sizeof(Program)) {}

    /// Scalars of the Program, to the same places.
    template <class... T>
    void copy(const T&... fields) {
        (copy_one(fields), ...);
    }

    template <class T, std::size_t n, class F>
    void each(const T (&table)[n], F&& f) {
        for (const T& entry : table) f(entry);
    }

    void affine(const Affine& a) {
        copy(a.count, a.constant);
        each(a.terms, [&](const Affine::Term& t) { copy(t.index, t.coefficient); });
    }
    void access(const Access& a) {
        copy(a.tensor);
        each(a.subscripts, [&](const Affine& s) { affine(s); });
    }

    std::vector<std::byte> take() { return std::move(bytes_); }

  private:
    template <class T>
    void copy_one(const T& field) {
        static_assert(std::is_scalar_v<std::remove_all_extents_t<T>>, "structs may have padding");
        const auto* const place = reinterpret_cast<const std::byte*>(&field);
        std::memcpy(bytes_.data() + (place - program_), place, sizeof(T));
    }

    const std::byte* program_;
    std::vector<std::byte> bytes_;
};

}  // namespace

std::vector<std::byte> program_bytes(const Program& p) {
    Copier c(p);
    c.copy(p.name.text, p.numerics, p.tensor_count, p.scalar_count, p.index_count, p.access_count,
           p.reduction_count, p.statement_count, p.argument_count, p.node_count);
    c.each(p.tensors, [&](const Tensor& t) { c.copy(t.name.text, t.dtype, t.rank, t.role, t.boundary); });
    c.each(p.scalars, [&](const Scalar& s) { c.copy(s.name.text, s.dtype); });
    c.each(p.indices, [&](const Index& i) { c.copy(i.name.text, i.extent); });
    c.each(p.accesses, [&](const Access& a) { c.access(a); });
    c.each(p.reductions, [&](const Reduction& r) { c.copy(r.kind, r.order, r.count, r.indices); });
    c.each(p.statements, [&](const Statement& s) {
        c.access(s.target);
        c.copy(s.value);
    });
    c.each(p.arguments, [&](const Argument& a) { c.copy(a.is_scalar, a.number); });
    c.each(p.nodes, [&](const Node& n) { c.copy(n.op, n.dtype, n.a, n.b, n.c, n.ref, n.bits); });
    return c.take();
}

}  // namespace sporkle::codegen
