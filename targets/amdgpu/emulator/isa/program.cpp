#include "targets/amdgpu/emulator/isa/program.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "targets/amdgpu/emulator/isa/decoder.hpp"
#include "targets/amdgpu/emulator/isa/execution_error.hpp"
#include "targets/amdgpu/emulator/isa/scalar_control.hpp"
#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

constexpr std::uint64_t line_bytes = 64;
constexpr std::size_t longest_instruction = 20;

/// Where a run of decoded instructions meets one that was decoded before.
void run_join(Wave& wave, const Instruction& i) {
    wave.next = i.target;
    --wave.counters->instructions[static_cast<std::size_t>(InstructionClass::salu)];
}

/// Reads code by cache lines; what lies behind the end of a mapping is missing, which matters only if it is
/// needed.
class CodeReader {
  public:
    explicit CodeReader(Memory& memory) : memory_(memory) {}

    /// Up to the longest instruction at the address. Throws WaveFault if not even one word can be fetched.
    std::span<const std::byte> at(std::uint64_t address) {
        std::size_t have = 0;
        while (have < longest_instruction) {
            const std::uint64_t where = address + have, line = where & ~(line_bytes - 1);
            if (line != line_ || !valid_) {
                const AccessResult fault = memory_.fetch(line, line_bytes, bytes_.data());
                valid_ = !fault;
                line_ = line;
                if (fault && have == 0)
                    throw WaveFault{Failure::memory_fault, "instruction fetch: " + fault->reason,
                                    fault->address};
                if (fault) break;
            }
            const std::size_t from = where - line,
                              n = std::min(line_bytes - from, longest_instruction - have);
            std::memcpy(window_.data() + have, bytes_.data() + from, n);
            have += n;
        }
        return {window_.data(), have};
    }

  private:
    Memory& memory_;
    std::uint64_t line_ = 0;
    bool valid_ = false;
    std::array<std::byte, line_bytes> bytes_{};
    std::array<std::byte, longest_instruction> window_{};
};

}  // namespace

Program::Program(const Chip& chip, int wave_size, Memory& code, std::uint64_t entry)
    : chip_(chip),
      wave_size_(wave_size),
      code_(code),
      entry_(entry),
      decoder_(std::make_unique<Decoder>(chip, wave_size)),
      table_(std::make_unique_for_overwrite<const Instruction*[]>(max_instructions)) {
    if (wave_size != chip.wave_size && !(chip.both_wave_sizes && (wave_size == 32 || wave_size == 64)))
        throw Error(ErrorCode::invalid_argument,
                    std::string(chip.name) + " has no waves of " + std::to_string(wave_size) + " lanes");
    try {
        index_of(entry);
    } catch (const WaveFault& fault) {
        throw ExecutionError(fault.failure,
                             std::string(chip.name) + ": entry point of a program: " + fault.message,
                             fault.address, -1, entry, "");
    }
}
Program::~Program() = default;

std::uint32_t Program::index_of(std::uint64_t address) {
    const std::lock_guard lock(mutex_);
    if (const auto found = index_.find(address); found != index_.end()) return found->second;
    if (address % 4 != 0)
        throw WaveFault{Failure::illegal, "the program counter is not a multiple of 4", address};
    decode_from(address);
    return index_.at(address);
}

std::uint32_t Program::append(std::unique_ptr<Instruction> instruction) {
    if (instructions_.size() == max_instructions)
        throw WaveFault{Failure::illegal,
                        "the program has more than " + std::to_string(max_instructions) + " instructions"};
    note_registers(*instruction);
    const auto index = static_cast<std::uint32_t>(instructions_.size());
    table_[index] = instruction.get();
    instructions_.push_back(std::move(instruction));
    return index;
}

void Program::note_registers(const Instruction& i) {
    const auto note = [this](const Operand& operand) {
        const int end = operand.index + operand.words;
        if (operand.unit == Unit::vector) vector_registers_ = std::max(vector_registers_, end);
        if (operand.unit == Unit::accumulator) accumulators_ = std::max(accumulators_, end);
        if (operand.unit == Unit::scalar && end <= slot::flat_scratch)
            scalar_registers_ = std::max(scalar_registers_, end);
    };
    for (int k = 0; k < i.defs; ++k) note(i.def[static_cast<std::size_t>(k)]);
    for (int k = 0; k < i.uses; ++k) note(i.use[static_cast<std::size_t>(k)]);
    if (i.second) note_registers(*i.second);
}

void Program::decode_from(std::uint64_t start) {
    CodeReader reader(code_);
    std::vector<std::uint64_t> starts{start};
    std::vector<std::uint32_t> branches;
    while (!starts.empty()) {
        std::uint64_t address = starts.back();
        starts.pop_back();
        bool first = true;
        for (bool go_on = true; go_on;) {
            if (const auto known = index_.find(address); known != index_.end()) {
                if (first) break;  // nothing runs on into it
                auto join = std::make_unique<Instruction>();
                join->run = run_join;
                join->mnemonic = "join";
                join->address = address;
                join->target = known->second;
                append(std::move(join));
                break;
            }
            first = false;
            std::unique_ptr<Instruction> instruction;
            try {
                instruction = decoder_->decode(reader.at(address), address);
            } catch (const WaveFault&) {
                if (address == start) throw;
                // Code behind the mapping: a fault only for a wave that comes there.
                instruction = unreachable_code(address);
            }
            const Flow flow = flow_of(*instruction);
            const std::uint64_t behind = address + instruction->size;
            const std::uint32_t index = append(std::move(instruction));
            index_.emplace(address, index);
            if (flow.branches) {
                branches.push_back(index);
                starts.push_back(behind + static_cast<std::uint64_t>(flow.displacement));
            }
            go_on = flow.continues;
            address = behind;
        }
    }
    for (const std::uint32_t index : branches) {
        Instruction& branch = *instructions_[index];
        branch.target = index_.at(branch.address + branch.size +
                                  static_cast<std::uint64_t>(flow_of(branch).displacement));
    }
}

std::string Program::text(const Instruction& instruction) const {
    const std::lock_guard lock(mutex_);
    return decoder_->text(instruction);
}

std::vector<std::string> Program::unimplemented() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> names;
    for (const auto& instruction : instructions_)
        if (is_unimplemented(*instruction)) names.insert(decoder_->text(*instruction));
    return {names.begin(), names.end()};
}

}  // namespace sporkle::amdgpu::emulator
