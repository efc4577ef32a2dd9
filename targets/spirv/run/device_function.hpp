// A function of a device's driver, called through a pointer as it is, or with others of the driver one by
// one.
#pragma once

#include <mutex>

namespace sporkle::spirv::vulkan {

template <class Pointer>
class DeviceFunction;

template <class Result, class... Arguments>
class DeviceFunction<Result (*)(Arguments...)> {
  public:
    using Pointer = Result (*)(Arguments...);

    DeviceFunction& operator=(Pointer pointer) {
        pointer_ = pointer;
        return *this;
    }
    operator Pointer() const { return pointer_; }
    /// From now on each call holds the mutex.
    void call_under(std::mutex& mutex) { mutex_ = &mutex; }

    Result operator()(Arguments... arguments) const {
        if (mutex_ == nullptr) return pointer_(arguments...);
        const std::lock_guard lock(*mutex_);
        return pointer_(arguments...);
    }

  private:
    Pointer pointer_ = nullptr;
    std::mutex* mutex_ = nullptr;
};

}  // namespace sporkle::spirv::vulkan
