#include "targets/amdgpu/run/node.hpp"

#include <cerrno>
#include <cstring>

#include <amdgpu_drm.h>
#include <fcntl.h>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu {
namespace {

constexpr int first_node = 128, last_node = 191;
constexpr int oldest_interface = 3;

/// Memory may be there again a moment later; repeating for ever would hang.
constexpr int most_repeats = 1000;

std::string reason(int error) { return std::strerror(-error); }

/// Whether the node is amdgpu's; otherwise why not, or nothing where it is simply another driver's.
bool is_amdgpu(const Node& node, std::string& why) {
    char name[32] = {};
    drm_version version{};
    version.name = name;
    version.name_len = sizeof(name) - 1;
    if (const int error = node.try_request(DRM_IOCTL_VERSION, &version); error < 0) {
        why = "DRM_IOCTL_VERSION: " + reason(error);
        return false;
    }
    if (std::strcmp(name, "amdgpu") != 0) return false;
    if (version.version_major == oldest_interface) return true;
    why = "amdgpu's interface has version " + std::to_string(version.version_major) + "; expected " +
          std::to_string(oldest_interface);
    return false;
}

}  // namespace

int Node::try_request(unsigned long request, void* argument) const {
    int result = 0;
    for (int repeat = 0; repeat < most_repeats; ++repeat) {
        result = calls_.ioctl(fd_, request, argument);
        if (result != -EINTR && result != -EAGAIN) return result;
    }
    return result;
}

void Node::request(unsigned long request, void* argument, const std::string& what) const {
    const int result = try_request(request, argument);
    if (result >= 0) return;
    throw Error(result == -ENOMEM ? ErrorCode::out_of_memory : ErrorCode::device_failure,
                path_ + ": " + what + ": " + reason(result));
}

void Node::read_info(std::uint32_t query, const std::uint32_t* ip, void* result, std::uint32_t bytes,
                     const char* what) const {
    drm_amdgpu_info info{};
    info.return_pointer = reinterpret_cast<std::uintptr_t>(result);
    info.return_size = bytes;
    info.query = query;
    if (ip != nullptr) info.query_hw_ip.type = *ip;
    request(DRM_IOCTL_AMDGPU_INFO, &info, std::string("asking for ") + what);
}

std::vector<std::unique_ptr<Node>> find_nodes(SystemCalls& calls, std::vector<std::string>& notes) {
    std::vector<std::unique_ptr<Node>> nodes;
    bool explained = false;
    const auto note = [&](const std::string& text) {
        notes.push_back(text);
        explained = true;
    };
    for (int number = first_node; number <= last_node; ++number) {
        const std::string path = "/dev/dri/renderD" + std::to_string(number);
        int fd = -EINTR;
        while (fd == -EINTR) fd = calls.open(path.c_str(), O_RDWR | O_CLOEXEC);
        if (fd == -ENOENT || fd == -ENODEV || fd == -ENXIO || fd == -ENOTDIR) continue;
        if (fd == -EACCES || fd == -EPERM) {
            note(path + ": " + reason(fd) +
                 ": the user must be in the group that owns it, mostly 'render' (usermod -aG render USER)");
            continue;
        }
        if (fd < 0) {
            note(path + ": " + reason(fd));
            continue;
        }
        auto node = std::make_unique<Node>(calls, path, fd);
        std::string why;
        if (is_amdgpu(*node, why))
            nodes.push_back(std::move(node));
        else if (!why.empty())
            note(path + ": " + why);
    }
    if (nodes.empty() && !explained) notes.push_back("no render node of the amdgpu kernel driver (/dev/dri)");
    return nodes;
}

}  // namespace sporkle::amdgpu
