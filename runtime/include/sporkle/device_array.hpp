// DeviceArray and DeviceView: tensors in the memory of a device.
//
//   auto weights = ctx.on("vulkan:0").array<float>({m, k});
//   weights.copy_from(host);                          // an Array, a View, a range, another device's array
//   ctx.run(dense, weights, x, bias, y);              // wherever an Array may stand
//   y.slice(0, 0, 10).copy_to(std::span(results));
//
// A DeviceArray owns dense, row-major, zeroed memory; a DeviceView is to it what a View is to an Array, but
// its elements cannot be touched by the host except where device and host share their memory. On the device
// "cpu" that is always so. An array keeps what it needs of its Context alive.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <sporkle/tensor_argument.hpp>

namespace sporkle {

namespace detail {

/// "cpu" for null.
std::string_view device_of(const runtime::DeviceStorage* storage);
/// Where the host sees the byte at an address of the storage; null where it does not.
void* host_address(const runtime::DeviceStorage* storage, void* address);
[[noreturn]] void refuse_host_view(const runtime::DeviceStorage* storage);
/// Copies the elements of one tensor to another of the same type and rank, wherever they lie. `action` is for
/// messages. Throws Error(invalid_argument) when the extents differ.
void copy_elements(const Operand& from, const Operand& to, const char* action);

}  // namespace detail

template <detail::ViewElement T, int Rank>
requires(Rank >= 0 && Rank <= max_rank) class DeviceView {
  public:
    using element = T;
    static constexpr int rank = Rank;
    using Numbers = std::array<std::int64_t, Rank>;

    DeviceView() = default;
    /// For the runtime: `layout` has addresses of the storage's device; null is the process's own memory.
    DeviceView(const View<T, Rank>& layout, const runtime::DeviceStorage* storage)
        : layout_(layout), storage_(storage) {}
    /// A view of constant elements.
    operator DeviceView<const T, Rank>() const requires(!std::is_const_v<T>) { return {layout_, storage_}; }

    const Numbers& extents() const { return layout_.extents(); }
    const Numbers& strides() const { return layout_.strides(); }
    std::int64_t extent(int dim) const { return layout_.extent(dim); }
    std::int64_t stride(int dim) const { return layout_.stride(dim); }
    std::int64_t size() const { return layout_.size(); }
    bool is_dense() const { return layout_.is_dense(); }

    /// As those of View.
    DeviceView slice(int dim, std::int64_t begin, std::int64_t end, std::int64_t step = 1) const {
        return {layout_.slice(dim, begin, end, step), storage_};
    }
    DeviceView<T, (Rank > 0 ? Rank - 1 : 0)> select(int dim, std::int64_t number) const requires(Rank > 0) {
        return {layout_.select(dim, number), storage_};
    }
    DeviceView transpose() const { return {layout_.transpose(), storage_}; }
    DeviceView permute(const std::array<int, Rank>& order) const {
        return {layout_.permute(order), storage_};
    }
    DeviceView<const T, Rank> broadcast(int dim, std::int64_t count) const {
        return {layout_.broadcast(dim, count), storage_};
    }

    /// The device's name: "vulkan:0".
    std::string device() const { return std::string(detail::device_of(storage_)); }
    /// Whether the host may touch the elements.
    bool host_visible() const {
        return storage_ == nullptr || detail::host_address(storage_, address()) != nullptr;
    }
    /// The same elements for the host. Throws Error(unsupported) where it cannot touch them.
    View<T, Rank> host() const {
        if (!host_visible()) detail::refuse_host_view(storage_);
        T* data =
            storage_ == nullptr ? layout_.data() : static_cast<T*>(detail::host_address(storage_, address()));
        return {data, extents(), strides()};
    }

    /// Copies all elements from, or to, a tensor of the same type and rank: an Array or View, a contiguous
    /// range, or an array or view on any device. Done when it returns. Extents that differ throw
    /// Error(invalid_argument).
    template <class Source>
    void copy_from(const Source& source) const requires(!std::is_const_v<T>) {
        const auto from = detail::to_view<const Source&>(source);
        check_same_kind<decltype(from)>();
        detail::copy_elements(detail::tensor_operand(from), detail::tensor_operand(*this), "copy_from");
    }
    template <class Target>
    void copy_to(Target&& target) const {
        const auto to = detail::to_view<Target>(target);
        check_same_kind<decltype(to)>();
        static_assert(!std::is_const_v<typename decltype(to)::element>,
                      "sporkle: copy_to writes its argument, but the elements are constant");
        detail::copy_elements(detail::tensor_operand(*this), detail::tensor_operand(to), "copy_to");
    }

    /// For the runtime.
    const View<T, Rank>& layout() const { return layout_; }
    const runtime::DeviceStorage* storage() const { return storage_; }

  private:
    void* address() const { return const_cast<std::remove_const_t<T>*>(layout_.data()); }
    template <class V>
    static constexpr void check_same_kind() {
        static_assert(
            std::is_same_v<std::remove_const_t<typename V::element>, std::remove_const_t<T>>,
            "sporkle: the elements of this tensor do not have the type of the device array's elements");
        static_assert(V::rank == Rank, "sporkle: this tensor does not have the device array's rank");
    }

    View<T, Rank> layout_;
    const runtime::DeviceStorage* storage_ = nullptr;
};

namespace detail {

template <class T, int Rank>
Operand tensor_operand(const DeviceView<T, Rank>& tensor) {
    return tensor_operand(tensor.layout(), tensor.storage());
}

/// Memory as DeviceContext allocates it.
struct DeviceMemoryBlock {
    std::shared_ptr<const runtime::DeviceStorage> storage;
    void* address = nullptr;
    bool is_process_memory = false;
};

}  // namespace detail

template <ElementType T, int Rank>
requires(Rank >= 0 && Rank <= max_rank) class DeviceArray {
  public:
    using element = T;
    static constexpr int rank = Rank;
    using Numbers = std::array<std::int64_t, Rank>;

    DeviceArray() = default;
    /// For the runtime; DeviceContext::array makes these.
    DeviceArray(detail::DeviceMemoryBlock memory, const Numbers& extents)
        : storage_(std::move(memory.storage)),
          view_(View<T, Rank>(static_cast<T*>(memory.address), extents),
                memory.is_process_memory ? nullptr : storage_.get()) {}
    DeviceArray(DeviceArray&& other) noexcept
        : storage_(std::move(other.storage_)), view_(std::exchange(other.view_, {})) {}
    DeviceArray& operator=(DeviceArray other) noexcept {
        std::swap(storage_, other.storage_);
        std::swap(view_, other.view_);
        return *this;
    }

    DeviceView<T, Rank> view() { return view_; }
    DeviceView<const T, Rank> view() const { return view_; }
    operator DeviceView<T, Rank>() { return view_; }
    operator DeviceView<const T, Rank>() const { return view_; }

    const Numbers& extents() const { return view_.extents(); }
    std::int64_t extent(int dim) const { return view_.extent(dim); }
    std::int64_t size() const { return storage_ == nullptr ? 0 : view_.size(); }
    std::string device() const { return view_.device(); }
    bool host_visible() const { return view_.host_visible(); }
    View<T, Rank> host() { return view_.host(); }
    View<const T, Rank> host() const { return view_.host(); }

    template <class Source>
    void copy_from(const Source& source) {
        view_.copy_from(source);
    }
    template <class Target>
    void copy_to(Target&& target) const {
        view_.copy_to(std::forward<Target>(target));
    }

    DeviceView<T, Rank> slice(int dim, std::int64_t begin, std::int64_t end, std::int64_t step = 1) {
        return view_.slice(dim, begin, end, step);
    }
    DeviceView<const T, Rank> slice(int dim, std::int64_t begin, std::int64_t end,
                                    std::int64_t step = 1) const {
        return view().slice(dim, begin, end, step);
    }
    auto select(int dim, std::int64_t number) { return view_.select(dim, number); }
    auto select(int dim, std::int64_t number) const { return view().select(dim, number); }
    DeviceView<T, Rank> transpose() { return view_.transpose(); }
    DeviceView<const T, Rank> transpose() const { return view().transpose(); }
    DeviceView<T, Rank> permute(const std::array<int, Rank>& order) { return view_.permute(order); }
    DeviceView<const T, Rank> permute(const std::array<int, Rank>& order) const {
        return view().permute(order);
    }
    DeviceView<const T, Rank> broadcast(int dim, std::int64_t count) const {
        return view().broadcast(dim, count);
    }

  private:
    std::shared_ptr<const runtime::DeviceStorage> storage_;
    DeviceView<T, Rank> view_;
};

}  // namespace sporkle
