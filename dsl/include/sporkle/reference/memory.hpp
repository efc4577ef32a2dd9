// Reading and writing tensors at batches of points.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <sporkle/extents.hpp>
#include <sporkle/reference/operations.hpp>

namespace sporkle::evaluation {

static_assert(std::endian::native == std::endian::little, "patterns are read from their low bytes");

/// The points of a batch: for each index of the kernel its value at each point. Only rows of indices that the
/// present loop walks mean anything.
struct Points {
    int count = 0;
    std::int64_t index[max_indices][batch_size] = {};
};

/// Where the elements of an access lie at the points of a batch.
class Locator {
  public:
    Locator() = default;
    Locator(const Program& p, const Access& access, const Extents& extents, const TensorView& view)
        : base_(static_cast<std::byte*>(view.data)),
          type_(p.tensors[access.tensor].dtype),
          rank_(p.tensors[access.tensor].rank),
          boundary_(p.tensors[access.tensor].boundary) {
        for (int d = 0; d < rank_; ++d) {
            subscripts_[d] = access.subscripts[d];
            strides_[d] = static_cast<std::uint64_t>(view.strides[d]);
            extents_[d] = extents.tensor[access.tensor][d];
        }
    }

    DType type() const { return type_; }
    std::byte* address(int point) const {
        return base_ + static_cast<std::ptrdiff_t>(offset_[point] * static_cast<unsigned>(size_of(type_)));
    }
    /// Whether the element lies outside a tensor with Boundary::zero.
    bool outside(int point) const { return outside_[point]; }

    /// Finds the elements of all points. Offsets are summed modulo 2^64: partial sums may leave i64 where a
    /// dimension of extent 1 has a wild stride, the sum does not.
    void locate(const Points& points) {
        for (int i = 0; i < points.count; ++i) offset_[i] = 0, outside_[i] = false;
        for (int d = 0; d < rank_; ++d) {
            std::int64_t position[batch_size];
            for (int i = 0; i < points.count; ++i) position[i] = subscripts_[d].constant;
            for (int t = 0; t < subscripts_[d].count; ++t) {
                const std::int64_t* index = points.index[subscripts_[d].terms[t].index];
                const std::int64_t coefficient = subscripts_[d].terms[t].coefficient;
                for (int i = 0; i < points.count; ++i) position[i] += coefficient * index[i];
            }
            if (boundary_ != Boundary::none)
                for (int i = 0; i < points.count; ++i) position[i] = bring_inside(position[i], d, i);
            for (int i = 0; i < points.count; ++i)
                offset_[i] += static_cast<std::uint64_t>(position[i]) * strides_[d];
        }
    }

  private:
    std::int64_t bring_inside(std::int64_t x, int d, int point) {
        const std::int64_t n = extents_[d];
        if (x >= 0 && x < n) return x;
        switch (boundary_) {
            case Boundary::clamp:
                return x < 0 ? 0 : n - 1;
            case Boundary::wrap:
                return x % n + (x % n < 0 ? n : 0);
            case Boundary::reflect: {
                if (n == 1) return 0;
                const std::int64_t period = 2 * (n - 1);
                const std::int64_t phase = x % period + (x % period < 0 ? period : 0);
                return phase < n ? phase : period - phase;
            }
            default:
                outside_[point] = true;
                return 0;
        }
    }

    std::byte* base_ = nullptr;
    DType type_ = DType::f32;
    int rank_ = 0;
    Boundary boundary_ = Boundary::none;
    Affine subscripts_[max_rank];
    std::uint64_t strides_[max_rank] = {};
    std::int64_t extents_[max_rank] = {};
    std::uint64_t offset_[batch_size] = {};  ///< in elements
    bool outside_[batch_size] = {};
};

/// Reads one element (or a scalar's pattern) of storage type Storage as a value.
template <class Value, class Storage>
Value read_element(const std::byte* from) {
    if constexpr (is_boolean<Storage>) {
        return *from != std::byte(0);
    } else {
        Storage element;
        std::memcpy(&element, from, sizeof element);
        return static_cast<Value>(element);
    }
}

template <class Storage, class Value>
void write_element(std::byte* to, Value value) {
    const Storage element(value);
    std::memcpy(to, &element, sizeof element);
}

/// Calls f with the identities of the storage type and of the value type of a dtype.
template <class F>
decltype(auto) with_storage(DType type, F&& f) {
    if (type == DType::f16) return f(std::type_identity<half>{}, std::type_identity<float>{});
    if (type == DType::bf16) return f(std::type_identity<bfloat16>{}, std::type_identity<float>{});
    return with_type(type, [&f]<class T>(std::type_identity<T> same) { return f(same, same); });
}

/// Values of the elements at a batch's points.
inline void load(Slot& out, const Locator& from, int count) {
    with_storage(from.type(), [&]<class Storage, class Value>(std::type_identity<Storage>,
                                                              std::type_identity<Value>) {
        for (int i = 0; i < count; ++i)
            out.as<Value>()[i] = from.outside(i) ? Value(0) : read_element<Value, Storage>(from.address(i));
    });
}

inline void store(const Locator& to, const Slot& values, int count) {
    with_storage(to.type(),
                 [&]<class Storage, class Value>(std::type_identity<Storage>, std::type_identity<Value>) {
                     for (int i = 0; i < count; ++i)
                         write_element<Storage>(to.address(i), values.as<Value>()[i]);
                 });
}

/// A value given by its bit pattern, at every point.
inline void fill(Slot& out, DType type, std::uint64_t bits) {
    with_storage(type,
                 [&]<class Storage, class Value>(std::type_identity<Storage>, std::type_identity<Value>) {
                     std::byte pattern[sizeof bits];
                     for (std::size_t b = 0; b < sizeof bits; ++b)
                         pattern[b] = static_cast<std::byte>(bits >> (8 * b));
                     const Value value = read_element<Value, Storage>(pattern);
                     for (int i = 0; i < batch_size; ++i) out.as<Value>()[i] = value;
                 });
}

}  // namespace sporkle::evaluation
