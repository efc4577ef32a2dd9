#include "targets/amdgpu/run/node.hpp"

#include <cerrno>
#include <cstring>

#include <amdgpu_drm.h>
#include <fcntl.h>
#include <grp.h>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu {
namespace {

constexpr int oldest_interface = 3;

/// Memory may be there again a moment later; repeating for ever would hang.
constexpr int most_repeats = 1000;

std::string reason(int error) { return std::strerror(-error); }

/// Who may open the file.
std::string advice(SystemCalls& calls, const std::string& path) {
    std::uint32_t number = 0;
    std::string name = "render";
    if (calls.group_of(path.c_str(), &number) == 0) {
        char text[4096];
        group entry{}, *found = nullptr;
        name = getgrgid_r(number, &entry, text, sizeof(text), &found) == 0 && found != nullptr
                   ? found->gr_name
                   : std::to_string(number);
    }
    return ": the user must be in the group '" + name + "', to which it belongs (usermod -aG " + name +
           " USER, and a new login)";
}

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
    expect(try_request(request, argument), what);
}

void Node::expect(int result, const std::string& what) const {
    if (result >= 0) return;
    throw Error(result == -ENOMEM ? ErrorCode::out_of_memory : ErrorCode::device_failure,
                path_ + ": " + what + ": " + reason(result));
}

int Node::try_info(std::uint32_t query, void* result, std::uint32_t bytes, std::uint32_t ip) const {
    drm_amdgpu_info info{};
    info.return_pointer = reinterpret_cast<std::uintptr_t>(result);
    info.return_size = bytes;
    info.query = query;
    info.query_hw_ip.type = ip;
    return try_request(DRM_IOCTL_AMDGPU_INFO, &info);
}

std::vector<std::unique_ptr<Node>> find_nodes(SystemCalls& calls, std::vector<std::string>& notes) {
    std::vector<std::unique_ptr<Node>> nodes;
    bool explained = false;
    const auto note = [&](const std::string& text) {
        notes.push_back(text);
        explained = true;
    };
    // Of a card node the first user becomes the master, whom others would have to wait for, so it comes last.
    constexpr struct {
        const char* name;
        int first, last;
    } kinds[] = {{"/dev/dri/renderD", 128, 191}, {"/dev/dri/card", 0, 63}};
    for (const auto& kind : kinds) {
        bool any = false;
        for (int number = kind.first; number <= kind.last; ++number) {
            const std::string path = kind.name + std::to_string(number);
            int fd = -EINTR;
            while (fd == -EINTR) fd = calls.open(path.c_str(), O_RDWR | O_CLOEXEC);
            if (fd == -ENOENT || fd == -ENODEV || fd == -ENXIO || fd == -ENOTDIR) continue;
            any = true;
            if (fd < 0) {
                note(path + ": " + reason(fd) + (fd == -EACCES || fd == -EPERM ? advice(calls, path) : ""));
                continue;
            }
            auto node = std::make_unique<Node>(calls, path, fd);
            std::string why;
            if (is_amdgpu(*node, why))
                nodes.push_back(std::move(node));
            else if (!why.empty())
                note(path + ": " + why);
        }
        if (any) break;
    }
    if (nodes.empty() && !explained) notes.push_back("no render node of the amdgpu kernel driver (/dev/dri)");
    return nodes;
}

}  // namespace sporkle::amdgpu
