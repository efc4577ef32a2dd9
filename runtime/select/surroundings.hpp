// What a selection needs of its Context.
#pragma once

#include <sporkle/options.hpp>

#include "runtime/log.hpp"
#include "runtime/memory/spares.hpp"
#include "runtime/wisdom/wisdom.hpp"

namespace sporkle::runtime {

class Devices;

/// All of it outlives the selection.
struct Surroundings {
    Mode mode = Mode::measure;
    Wisdom* wisdom = nullptr;
    const Log* log = nullptr;
    Devices* devices = nullptr;
    SpareKeeper* spares = nullptr;
};

}  // namespace sporkle::runtime
