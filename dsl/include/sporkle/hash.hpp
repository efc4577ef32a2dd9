// The structural hash of a Program: its identity in bundles, caches and wisdom.
#pragma once

#include <cstdint>

#include <sporkle/program.hpp>

namespace sporkle {

struct Hash {
    std::uint64_t high = 0, low = 0;
    friend constexpr bool operator==(const Hash&, const Hash&) = default;
    friend constexpr auto operator<=>(const Hash&, const Hash&) = default;
};

/// Accumulates 64-bit words into 128 bits: two multiply-xorshift lanes with different constants (the
/// finaliser of MurmurHash3 on each lane). Not cryptographic: it tells kernels apart, it does not
/// authenticate them.
class Hasher {
  public:
    constexpr void word(std::uint64_t value) {
        high_ = mix(high_ ^ (value * 0x9e3779b97f4a7c15u)) + 0x2545f4914f6cdd1du;
        low_ = mix(low_ + (value ^ 0xd6e8feb86659fd93u) * 0xc2b2ae3d27d4eb4fu) ^ (high_ >> 7);
    }
    constexpr Hash finish() const { return {mix(high_ ^ low_), mix(low_ + 0x9e3779b97f4a7c15u)}; }

  private:
    static constexpr std::uint64_t mix(std::uint64_t h) {
        h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
        h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
        return h ^ (h >> 33);
    }
    std::uint64_t high_ = 0x6a09e667f3bcc908u, low_ = 0xbb67ae8584caa73bu;
};

/// Hash of everything that decides what a kernel computes: names are left out, since renaming changes
/// nothing. Equal for equal kernels in different translation units and compilers.
constexpr Hash hash_of(const Program& p) {
    Hasher h;
    h.word(0x53706f726b6c6531u);  // format: bump when the meaning of a Program changes
    h.word(static_cast<std::uint64_t>(p.numerics));
    h.word(p.tensor_count);
    for (int t = 0; t < p.tensor_count; ++t) {
        const Tensor& x = p.tensors[t];
        h.word(static_cast<std::uint64_t>(x.dtype) | std::uint64_t(x.rank) << 8 |
               static_cast<std::uint64_t>(x.role) << 16 | static_cast<std::uint64_t>(x.boundary) << 24);
    }
    h.word(p.scalar_count);
    for (int s = 0; s < p.scalar_count; ++s) h.word(static_cast<std::uint64_t>(p.scalars[s].dtype));
    h.word(p.index_count);
    for (int i = 0; i < p.index_count; ++i) h.word(static_cast<std::uint64_t>(p.indices[i].extent));
    const auto access = [&](const Access& a) {
        h.word(a.tensor);
        for (int d = 0; d < p.tensors[a.tensor].rank; ++d) {
            const Affine& s = a.subscripts[d];
            h.word(std::uint64_t(s.count) << 32 | static_cast<std::uint32_t>(s.constant));
            for (int t = 0; t < s.count; ++t)
                h.word(std::uint64_t(s.terms[t].index) << 32 |
                       static_cast<std::uint32_t>(s.terms[t].coefficient));
        }
    };
    h.word(p.access_count);
    for (int a = 0; a < p.access_count; ++a) access(p.accesses[a]);
    h.word(p.reduction_count);
    for (int r = 0; r < p.reduction_count; ++r) {
        const Reduction& x = p.reductions[r];
        h.word(static_cast<std::uint64_t>(x.kind) | static_cast<std::uint64_t>(x.order) << 8 |
               std::uint64_t(x.count) << 16);
        for (int i = 0; i < x.count; ++i) h.word(x.indices[i]);
    }
    h.word(p.node_count);
    for (int n = 0; n < p.node_count; ++n) {
        const Node& x = p.nodes[n];
        h.word(static_cast<std::uint64_t>(x.op) | static_cast<std::uint64_t>(x.dtype) << 8 |
               std::uint64_t(x.a) << 16 | std::uint64_t(x.b) << 32 | std::uint64_t(x.c) << 48);
        h.word(x.ref);
        h.word(x.bits);
    }
    h.word(p.statement_count);
    for (int s = 0; s < p.statement_count; ++s) {
        access(p.statements[s].target);
        h.word(p.statements[s].value);
    }
    h.word(p.argument_count);
    for (int a = 0; a < p.argument_count; ++a)
        h.word(std::uint64_t(p.arguments[a].is_scalar) << 8 | p.arguments[a].number);
    return h.finish();
}

}  // namespace sporkle
