// How the interpreter runs: a kernel is decoded once into blocks of steps. A step is a function pointer and
// the places of its values in one flat frame, so that running it neither looks anything up nor allocates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "codegen/ir/tile.hpp"

namespace sporkle::tile::interpreter {

struct Machine;
struct Step;
using Run = void (*)(Machine&, const Step&);

/// Byte offset of a value in the frame; lanes follow each other as elements of Native<T>.
using Place = std::uint32_t;
inline constexpr Place nowhere = ~Place{0};

struct Copy {
    Place to = 0, from = 0;
    std::uint32_t bytes = 0;
};

struct Step {
    Run run = nullptr;
    Place result = nowhere;
    Place operand[3] = {nowhere, nowhere, nowhere};
    Place mask = nowhere;
    std::uint32_t lanes = 1;  ///< of the result, or of a stored value
    std::uint32_t bytes = 0;  ///< moves of lanes: how many to move; concat: of each operand
    std::int64_t imm = 0;
    int buffer = -1;
    int alignment = 0;  ///< that the address must have; 0 for any
    std::vector<Copy>
        copies[3];  ///< concat: [0]. for: into parameters, from yield, into results. if: [r] after region r
    int block[2] = {-1, -1};
    const Instruction* source = nullptr;
};

/// Which tasks touched an element of a global buffer: their numbers from 1, or 0.
struct Claim {
    std::uint32_t writer = 0;
    std::uint32_t reader = 0;  ///< `several` when more than one read it
    static constexpr std::uint32_t several = ~std::uint32_t{0};
};

/// Memory of one buffer as the running task sees it.
struct Area {
    std::byte* base = nullptr;
    std::int64_t lowest = 0, highest = -1;  ///< element numbers inside
    std::uint8_t* written =
        nullptr;              ///< per byte: the epoch of its last store; null where all is initialised
    Claim* claims = nullptr;  ///< of element `lowest` on; null where tasks cannot meet
};

struct Machine {
    std::byte* frame = nullptr;
    std::vector<Area> areas;                ///< by buffer
    std::uint8_t epoch = 0;                 ///< number of the running task, modulo 255, from 1
    std::array<std::int64_t, 3> task{};     ///< grid ids
    std::uint32_t task_number = 0;          ///< from 1
    std::vector<std::vector<Step>> blocks;  ///< 0 is the body
    std::vector<std::byte> spare;           ///< for copies that overlap

    template <class T>
    T* at(Place place) {
        return reinterpret_cast<T*>(frame + place);
    }
    void run_block(int block) {
        for (const Step& step : blocks[static_cast<std::size_t>(block)]) step.run(*this, step);
    }
};

/// What stops a run.
struct Fault {
    const Instruction* source = nullptr;
    std::string text;
};

/// The function for an operation without control flow. `operand` is the first operand's type, `result` the
/// result's, or a stored value's. Null for what is no step of its own (constants and the like).
Run arithmetic_step(Op op, DType operand, DType result);
Run access_step(Op op, DType element);

}  // namespace sporkle::tile::interpreter
