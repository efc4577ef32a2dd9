// View and Array: tensors in the caller's hands.
//
// A View is a data pointer with extents and strides (in elements); it owns nothing and costs nothing to copy.
// An Array owns dense, row-major, zeroed memory that begins at a multiple of 64 bytes. Both have their rank
// in their type, so that calling a kernel with the wrong one does not compile. What is out of range throws
// sporkle::Error.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include <sporkle/element.hpp>
#include <sporkle/error.hpp>
#include <sporkle/program.hpp>

namespace sporkle {

/// An extent, a stride or a subscript: any integer type, so that {m, k} may mix int and std::size_t.
struct Extent {
    std::int64_t value = 0;
    constexpr Extent() = default;
    template <std::integral I>
    constexpr Extent(I from) : value(static_cast<std::int64_t>(from)) {}
    constexpr operator std::int64_t() const { return value; }
};

namespace detail {

template <class T>
concept ViewElement = ElementType<std::remove_const_t<T>>;

/// Number of elements. Throws Error(invalid_argument) for a negative extent or more than 2^62 bytes.
std::int64_t element_count(std::span<const std::int64_t> extents, int element_bytes);
/// Row-major strides.
void dense_strides(std::span<const std::int64_t> extents, std::span<std::int64_t> strides);
/// Zeroed memory, aligned to 64 bytes, never null. Throws Error(out_of_memory).
void* allocate_elements(std::int64_t count, int element_bytes);
void free_elements(void* data) noexcept;
/// Number of elements of begin, begin + step, … before end. Throws Error(invalid_argument).
std::int64_t slice_count(int dim, std::int64_t extent, std::int64_t begin, std::int64_t end,
                         std::int64_t step);
void check_dim(int rank, int dim);
void check_broadcast(int dim, std::int64_t extent, std::int64_t to);
void check_permutation(std::span<const int> order);
/// Throws Error(invalid_argument) naming dimension, subscript and extent.
void check_subscript(int dim, std::int64_t subscript, std::int64_t extent);

}  // namespace detail

template <detail::ViewElement T, int Rank>
requires(Rank >= 0 && Rank <= max_rank) class View {
  public:
    using element = T;
    static constexpr int rank = Rank;
    using Numbers = std::array<std::int64_t, Rank>;

    View() = default;
    /// The caller's own memory: `data` is the element with all subscripts 0, strides are in elements.
    View(T* data, const Numbers& extents, const Numbers& strides)
        : data_(data), extents_(extents), strides_(strides) {
        detail::element_count(extents, sizeof(T));
    }
    /// The caller's own dense row-major memory.
    View(T* data, const Numbers& extents) : data_(data), extents_(extents) {
        detail::element_count(extents, sizeof(T));
        detail::dense_strides(extents_, strides_);
    }
    /// A view of constant elements.
    operator View<const T, Rank>() const requires(!std::is_const_v<T>) {
        return View<const T, Rank>(data_, extents_, strides_);
    }

    T* data() const { return data_; }
    const Numbers& extents() const { return extents_; }
    const Numbers& strides() const { return strides_; }
    std::int64_t extent(int dim) const {
        detail::check_dim(Rank, dim);
        return extents_[static_cast<std::size_t>(dim)];
    }
    std::int64_t stride(int dim) const {
        detail::check_dim(Rank, dim);
        return strides_[static_cast<std::size_t>(dim)];
    }
    std::int64_t size() const {
        std::int64_t count = 1;
        for (const std::int64_t n : extents_) count *= n;
        return count;
    }

    /// The element; subscripts are not checked.
    template <std::integral... I>
    requires(sizeof...(I) == Rank) T& operator()(I... subscripts) const {
        [[maybe_unused]] std::size_t dim = 0;
        std::int64_t offset = 0;
        ((offset += static_cast<std::int64_t>(subscripts) * strides_[dim++]), ...);
        return data_[offset];
    }
    /// The element; a subscript out of range throws.
    template <std::integral... I>
    requires(sizeof...(I) == Rank) T& at(I... subscripts) const {
        int dim = 0;
        ((detail::check_subscript(dim, static_cast<std::int64_t>(subscripts),
                                  extents_[static_cast<std::size_t>(dim)]),
          ++dim),
         ...);
        return (*this)(subscripts...);
    }

    /// Elements begin, begin + step, … before end of one dimension. A negative step walks down: slice(0, n -
    /// 1, -1, -1) reverses a dimension of n elements.
    View slice(int dim, std::int64_t begin, std::int64_t end, std::int64_t step = 1) const {
        detail::check_dim(Rank, dim);
        const auto d = static_cast<std::size_t>(dim);
        const std::int64_t count = detail::slice_count(dim, extents_[d], begin, end, step);
        View result = *this;
        result.extents_[d] = count;
        if (count > 1) result.strides_[d] = strides_[d] * step;
        if (count > 0) result.data_ += begin * strides_[d];
        return result;
    }
    /// The sub-array at one number of a dimension, which is dropped.
    View<T, (Rank > 0 ? Rank - 1 : 0)> select(int dim, std::int64_t number) const requires(Rank > 0) {
        detail::check_dim(Rank, dim);
        detail::check_subscript(dim, number, extents_[static_cast<std::size_t>(dim)]);
        std::array<std::int64_t, Rank - 1> extents{}, strides{};
        for (int d = 0, to = 0; d < Rank; ++d) {
            if (d == dim) continue;
            extents[static_cast<std::size_t>(to)] = extents_[static_cast<std::size_t>(d)];
            strides[static_cast<std::size_t>(to++)] = strides_[static_cast<std::size_t>(d)];
        }
        return {data_ + number * strides_[static_cast<std::size_t>(dim)], extents, strides};
    }
    /// All dimensions in reverse order: the transpose of a matrix.
    View transpose() const {
        View result = *this;
        for (std::size_t d = 0; d < Rank; ++d) {
            result.extents_[d] = extents_[Rank - 1 - d];
            result.strides_[d] = strides_[Rank - 1 - d];
        }
        return result;
    }
    /// Dimension d of the result is dimension order[d] of this view.
    View permute(const std::array<int, Rank>& order) const {
        detail::check_permutation(order);
        View result = *this;
        for (std::size_t d = 0; d < Rank; ++d) {
            result.extents_[d] = extents_[static_cast<std::size_t>(order[d])];
            result.strides_[d] = strides_[static_cast<std::size_t>(order[d])];
        }
        return result;
    }
    /// A dimension of extent 1 repeated `count` times with stride 0. Such a view is an input, never an
    /// output.
    View<const T, Rank> broadcast(int dim, std::int64_t count) const {
        detail::check_dim(Rank, dim);
        const auto d = static_cast<std::size_t>(dim);
        detail::check_broadcast(dim, extents_[d], count);
        Numbers extents = extents_, strides = strides_;
        extents[d] = count;
        strides[d] = 0;
        return {data_, extents, strides};
    }
    /// Whether the strides are those of a row-major array of these extents. Dimensions of extent 1 may have
    /// any.
    bool is_dense() const {
        std::int64_t expected = 1;
        for (std::size_t d = Rank; d-- > 0; expected *= extents_[d])
            if (extents_[d] != 1 && strides_[d] != expected) return false;
        return true;
    }

  private:
    T* data_ = nullptr;
    Numbers extents_{};
    Numbers strides_{};
};

template <ElementType T, int Rank>
requires(Rank >= 0 && Rank <= max_rank) class Array {
  public:
    using element = T;
    static constexpr int rank = Rank;
    using Numbers = std::array<std::int64_t, Rank>;

    Array() = default;
    explicit Array(const Numbers& extents) : count_(detail::element_count(extents, sizeof(T))) {
        view_ = View<T, Rank>(static_cast<T*>(detail::allocate_elements(count_, sizeof(T))), extents);
    }
    Array(const Array& other) : Array(other.extents()) {
        for (std::int64_t i = 0; i < count_; ++i) data()[i] = other.data()[i];
    }
    Array(Array&& other) noexcept
        : view_(std::exchange(other.view_, {})), count_(std::exchange(other.count_, 0)) {}
    Array& operator=(Array other) noexcept {
        std::swap(view_, other.view_);
        std::swap(count_, other.count_);
        return *this;
    }
    ~Array() { detail::free_elements(view_.data()); }

    View<T, Rank> view() { return view_; }
    View<const T, Rank> view() const { return view_; }
    operator View<T, Rank>() { return view_; }
    operator View<const T, Rank>() const { return view_; }

    T* data() { return view_.data(); }
    const T* data() const { return view_.data(); }
    std::int64_t size() const { return count_; }
    const Numbers& extents() const { return view_.extents(); }
    std::int64_t extent(int dim) const { return view_.extent(dim); }
    /// All elements in row-major order.
    T* begin() { return data(); }
    T* end() { return data() + count_; }
    const T* begin() const { return data(); }
    const T* end() const { return data() + count_; }
    std::span<T> flat() { return {data(), static_cast<std::size_t>(count_)}; }
    std::span<const T> flat() const { return {data(), static_cast<std::size_t>(count_)}; }
    void fill(T value) {
        for (T& element : *this) element = value;
    }

    template <std::integral... I>
    requires(sizeof...(I) == Rank) T& operator()(I... subscripts) { return view_(subscripts...); }
    template <std::integral... I>
    requires(sizeof...(I) == Rank) const T& operator()(I... subscripts) const { return view_(subscripts...); }
    template <std::integral... I>
    T& at(I... subscripts) {
        return view_.at(subscripts...);
    }
    template <std::integral... I>
    const T& at(I... subscripts) const {
        return view_.at(subscripts...);
    }

    View<T, Rank> slice(int dim, std::int64_t begin, std::int64_t end, std::int64_t step = 1) {
        return view_.slice(dim, begin, end, step);
    }
    View<const T, Rank> slice(int dim, std::int64_t begin, std::int64_t end, std::int64_t step = 1) const {
        return view().slice(dim, begin, end, step);
    }
    auto select(int dim, std::int64_t number) { return view_.select(dim, number); }
    auto select(int dim, std::int64_t number) const { return view().select(dim, number); }
    View<T, Rank> transpose() { return view_.transpose(); }
    View<const T, Rank> transpose() const { return view().transpose(); }
    View<T, Rank> permute(const std::array<int, Rank>& order) { return view_.permute(order); }
    View<const T, Rank> permute(const std::array<int, Rank>& order) const { return view().permute(order); }
    View<const T, Rank> broadcast(int dim, std::int64_t count) const { return view().broadcast(dim, count); }

  private:
    View<T, Rank> view_;
    std::int64_t count_ = 0;
};

/// The caller's own memory as a view: view(pointer, {rows, columns}) or view(pointer, {rows, columns},
/// {stride, 1}).
template <detail::ViewElement T, std::size_t N>
View<T, static_cast<int>(N)> view(T* data, const Extent (&extents)[N]) {
    std::array<std::int64_t, N> numbers{};
    for (std::size_t d = 0; d < N; ++d) numbers[d] = extents[d];
    return {data, numbers};
}
template <detail::ViewElement T, std::size_t N>
View<T, static_cast<int>(N)> view(T* data, const Extent (&extents)[N], const Extent (&strides)[N]) {
    std::array<std::int64_t, N> numbers{}, steps{};
    for (std::size_t d = 0; d < N; ++d) {
        numbers[d] = extents[d];
        steps[d] = strides[d];
    }
    return {data, numbers, steps};
}
/// One element as a tensor of rank 0.
template <detail::ViewElement T>
View<T, 0> view(T& element) {
    return {std::addressof(element), {}};
}
/// std::vector, std::array, std::span and the like as a tensor of rank 1.
template <std::ranges::contiguous_range R>
requires(std::ranges::sized_range<R>&& detail::ViewElement<
         std::remove_reference_t<std::ranges::range_reference_t<R>>>) auto view(R&& range) {
    using T = std::remove_reference_t<std::ranges::range_reference_t<R>>;
    return View<T, 1>(std::ranges::data(range), {static_cast<std::int64_t>(std::ranges::size(range))});
}

}  // namespace sporkle
