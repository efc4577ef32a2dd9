// How the interpreter runs: a kernel is decoded once into one row of steps. A step is a function pointer and
// the places of its values in a flat frame, so that running it neither looks anything up nor allocates; loops
// and branches are jumps, so that a member of a task can stop at a barrier and another one go on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "codegen/ir/interpreter.hpp"
#include "codegen/ir/tile.hpp"

namespace sporkle::tile::interpreter {

struct Machine;
struct Step;
using Run = void (*)(Machine&, const Step&);

/// Byte offset of a value in the frame; lanes follow each other as elements of Native<T>.
using Place = std::uint32_t;
inline constexpr Place nowhere = ~Place{0};

inline constexpr std::size_t line = 64;  ///< alignment of frames and of scratch memory, bytes

struct Copy {
    Place to = 0, from = 0;
    std::uint32_t bytes = 0;
};

struct Step {
    Run run = nullptr;
    Place result = nowhere;  ///< of a loop's steps: its counter
    Place operand[3] = {nowhere, nowhere, nowhere};
    Place mask = nowhere;
    std::uint32_t lanes = 1;              ///< of the result, or of a stored value
    std::uint16_t rows = 0, columns = 0;  ///< of the result, or of a stored fragment
    std::uint16_t products = 0;           ///< matrix_multiply_add: columns of the left factor
    std::uint32_t bytes = 0;              ///< moves of lanes: how many to move; concat: of each operand
    std::int64_t imm = 0;
    int buffer = -1;
    int alignment = 0;         ///< that the address must have; 0 for any
    std::vector<Copy> copies;  ///< concat; control: of what regions take and yield
    int target = -1;           ///< control: the step to jump to
    bool collective = false;   ///< control: a barrier or shuffle depends on it
    const Instruction* source = nullptr;
};

/// Which tasks touched an element of a global buffer: their numbers from 1, or 0.
struct Claim {
    std::uint32_t writer = 0;
    std::uint32_t reader = 0;  ///< `several` when more than one read it
    static constexpr std::uint32_t several = ~std::uint32_t{0};
};

/// Which members touched a piece of memory last, and in which phase: a task goes into the next phase at every
/// barrier. What two members touch in one phase happens in no order.
struct Touch {
    std::uint32_t write_phase = 0, read_phase = 0;
    std::uint32_t writer = 0;
    std::uint32_t reader = 0;  ///< `several` when more than one read it
    static constexpr std::uint32_t several = ~std::uint32_t{0};
};

/// Memory of one buffer as the running member sees it.
struct Area {
    std::byte* base = nullptr;
    std::int64_t lowest = 0, highest = -1;  ///< element numbers inside
    std::uint8_t* written =
        nullptr;               ///< per byte: the epoch of its last store; null where all is initialised
    Claim* claims = nullptr;   ///< of element `lowest` on; null where tasks cannot meet
    Touch* touches = nullptr;  ///< of the piece at `touched` on; null where members cannot meet
    const std::byte* touched = nullptr;
    int piece_shift = 0;  ///< a piece has 1 << piece_shift bytes
};

/// Memory on lines of its own.
class Bytes {
  public:
    explicit Bytes(std::size_t bytes)
        : bytes_(static_cast<std::byte*>(::operator new (bytes + 1, std::align_val_t{line}))) {}
    std::byte* get() const { return bytes_.get(); }

  private:
    struct Delete {
        void operator()(std::byte* bytes) const { ::operator delete (bytes, std::align_val_t{line}); }
    };
    std::unique_ptr<std::byte, Delete> bytes_;
};

/// Memory that begins uninitialised, with a byte beside each byte that tells in which epoch it was written.
class Arena {
  public:
    explicit Arena(std::size_t bytes) : bytes_(bytes), written_(bytes) {}
    std::byte* bytes() const { return bytes_.get(); }
    std::uint8_t* written() { return written_.data(); }
    void forget() { written_.assign(written_.size(), 0); }

  private:
    Bytes bytes_;
    std::vector<std::uint8_t> written_;
};

/// One of those who run a task, while another one runs.
struct Member {
    std::byte* frame = nullptr;
    const Step* next = nullptr;
    std::uint64_t path = 0;
};

struct Machine {
    std::vector<Step> code;
    std::byte* frame = nullptr;          ///< of the running member
    std::vector<Area> areas;             ///< by buffer
    std::uint8_t epoch = 0;              ///< number of the running task, modulo 255, from 1
    std::array<std::int64_t, 3> task{};  ///< grid ids
    std::uint32_t task_number = 0;       ///< from 1
    std::vector<std::byte> spare;        ///< for copies that overlap

    const Step* next = nullptr;     ///< what the running member does next; null stops it
    const Step* arrived = nullptr;  ///< where it stopped: a barrier, a shuffle or the end
    std::uint64_t path = 0;         ///< tells apart the ways through `collective` control
    std::uint32_t member = 0;       ///< number of the running member
    std::uint32_t phase = 0;
    std::uint32_t holders = 1;          ///< members that hold a fragment together
    std::uint32_t fragment_access = 0;  ///< number of the last access to memory by such a group

    std::vector<Member> members;
    std::uint32_t shuffle_width = 1;
    std::vector<std::size_t> private_areas;  ///< numbers of the private buffers
    std::ptrdiff_t private_bytes = 0;        ///< from one member's private memory to the next one's

    template <class T>
    T* at(Place place) {
        return reinterpret_cast<T*>(frame + place);
    }
    void run() {
        while (next != nullptr) {
            const Step& step = *next++;
            step.run(*this, step);
        }
    }
    void jump(const Step& from) { next = code.data() + from.target; }
    void stop_at(const Step& step) {
        arrived = &step;
        next = nullptr;
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
Run flushing_step(Op op);  ///< of a flush-safe operation where Execution::flushes
Run access_step(Op op, DType element);
/// Of fragments: `factor` counts for matrix_multiply_add only.
Run matrix_step(Op op, DType element, DType factor);

/// Decodes the kernel into m.code. Returns the frame's image, with what does not change from task to task
/// (constants, parameters) in place.
std::vector<std::byte> decode(const Kernel& kernel, const Execution& execution, Machine& m);

/// Runs all members of m.task. Throws Fault.
void run_team(Machine& m);

/// The memory behind a kernel's buffers, as m.areas shows it.
class Memories {
  public:
    Memories(const Kernel& kernel, const Execution& execution, Machine& m);
    /// All scratch is uninitialised again.
    void forget() { task_.forget(), constant_.forget(); }

  private:
    void place(const Kernel& kernel, const Execution& execution, Machine& m);
    void watch_tasks(const Kernel& kernel, const Execution& execution, Machine& m);
    void watch_members(const Kernel& kernel, Machine& m);

    Arena task_, constant_;
    std::vector<std::vector<Claim>> claims_;
    std::vector<std::vector<Touch>> touches_;
};

}  // namespace sporkle::tile::interpreter
