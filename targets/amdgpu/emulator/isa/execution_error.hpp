// How the execution of a wave fails.
#pragma once

#include <cstdint>
#include <string>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu::emulator {

enum class Failure {
    memory_fault,   ///< unmapped or forbidden address, misaligned access, outside LDS
    hazard,         ///< a register is used before the s_waitcnt that its load needs
    unimplemented,  ///< an instruction or mode that this emulator does not execute
    undecodable,    ///< bytes that are no instruction
    illegal,  ///< what hardware leaves undefined: running into s_code_end, a register that was not allocated
    hang,     ///< a barrier that not all waves reach, or no end within the limit
};

/// What handlers throw; the workgroup adds where it happened.
struct WaveFault {
    Failure failure;
    std::string message;
    std::uint64_t address = 0;  ///< of a memory fault
};

class ExecutionError : public Error {
  public:
    ExecutionError(Failure failure, const std::string& message, std::uint64_t address, int wave,
                   std::uint64_t program_counter, std::string instruction)
        : Error(failure == Failure::unimplemented ? ErrorCode::unsupported : ErrorCode::device_failure,
                message),
          failure_(failure),
          address_(address),
          wave_(wave),
          program_counter_(program_counter),
          instruction_(std::move(instruction)) {}

    Failure failure() const { return failure_; }
    std::uint64_t address() const { return address_; }  ///< of a memory fault
    int wave() const { return wave_; }                  ///< of the workgroup
    std::uint64_t program_counter() const { return program_counter_; }
    const std::string& instruction() const { return instruction_; }  ///< as assembly

  private:
    Failure failure_;
    std::uint64_t address_;
    int wave_;
    std::uint64_t program_counter_;
    std::string instruction_;
};

}  // namespace sporkle::amdgpu::emulator
