// From a request's number to what answers it.
#pragma once

#include "targets/amdgpu/emulator/kernel/open_file.hpp"

namespace sporkle::amdgpu::emulator {

/// As drm_ioctl does: the structure is copied in and out, as much of it as the number says. Structures that
/// are shorter or longer than known here are taken, with 0 for what is missing.
int answer_request(OpenFile& file, Shared& shared, unsigned long request, void* argument, Lock& lock);

}  // namespace sporkle::amdgpu::emulator
