#include "targets/amdgpu/emulator/kernel/process_memory.hpp"

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <memory>

namespace sporkle::amdgpu::emulator {

int check_process_memory(std::uint64_t address, std::uint64_t bytes, bool to_write, bool only_anonymous) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> maps(std::fopen("/proc/self/maps", "re"),
                                                               &std::fclose);
    if (!maps) return -EFAULT;
    const std::uint64_t wanted = address + bytes;
    std::uint64_t reached = address;
    char line[512];
    bool begins_line = true;
    // Ascending: begin-end rights offset device inode path. Long paths fill several reads.
    while (reached < wanted && std::fgets(line, sizeof(line), maps.get()) != nullptr) {
        const bool is_entry = begins_line;
        begins_line = false;
        for (const char* c = line; *c != 0; ++c) begins_line = *c == '\n';
        std::uint64_t begin = 0, end = 0, inode = 0;
        char rights[5] = {};
        if (!is_entry || std::sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %*x:%*x %" SCNu64, &begin, &end,
                                     rights, &inode) != 4)
            continue;
        if (end <= reached) continue;
        if (begin > reached || rights[0] != 'r' || (to_write && rights[1] != 'w')) return -EFAULT;
        if (only_anonymous && inode != 0) return -EPERM;
        reached = end;
    }
    return reached < wanted ? -EFAULT : 0;
}

}  // namespace sporkle::amdgpu::emulator
