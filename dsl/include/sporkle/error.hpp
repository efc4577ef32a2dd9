// The one exception type of Sporkle. The C interface returns the codes.
#pragma once

#include <stdexcept>
#include <string>

namespace sporkle {

enum class ErrorCode : int {
    ok = 0,
    invalid_argument,  ///< a call's arguments do not fit the kernel: rank, extent, stride, aliasing, null
                       ///< address
    invalid_program,   ///< a Program breaks a rule of program.hpp
    invalid_bundle,    ///< a bundle is corrupt, truncated, of another format version, or no bundle at all
    unknown_kernel,    ///< no loaded bundle holds the kernel
    unknown_device,    ///< no device of that name, or it is absent
    unsupported,       ///< the request is valid but this build or machine cannot do it
    out_of_memory,
    input_output,    ///< a file could not be read or written
    device_failure,  ///< a device failed, was lost, or refused a command
};

class Error : public std::runtime_error {
  public:
    Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
    ErrorCode code() const noexcept { return code_; }

  private:
    ErrorCode code_;
};

}  // namespace sporkle
