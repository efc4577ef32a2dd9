// Memory of devices that is kept for later calls, and given back when there is too little of it.
#pragma once

#include <sporkle/error.hpp>

#include "runtime/device.hpp"

namespace sporkle::runtime {

/// Who keeps memory for later calls.
class SpareKeeper {
  public:
    virtual ~SpareKeeper() = default;
    /// Gives back what is kept on a device. Returns whether there was any.
    virtual bool release_spares(const Device& device) = 0;
};

/// Does something that takes memory of a device. Where there is too little, what is kept for later calls is
/// given back, and it is tried once more.
template <class Action>
auto with_spares_released(SpareKeeper& keeper, Device& device, Action&& action) {
    if (device.memory() == nullptr) return action();
    try {
        return action();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::out_of_memory || !keeper.release_spares(device)) throw;
    }
    return action();
}

}  // namespace sporkle::runtime
