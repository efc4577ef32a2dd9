// A render node of the amdgpu kernel driver: an open file and its requests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "targets/amdgpu/run/system_calls.hpp"

namespace sporkle::amdgpu {

class Node {
  public:
    /// Takes over the file descriptor.
    Node(SystemCalls& calls, std::string path, int fd) : calls_(calls), path_(std::move(path)), fd_(fd) {}
    ~Node() { calls_.close(fd_); }
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    const std::string& path() const { return path_; }
    SystemCalls& calls() const { return calls_; }
    int fd() const { return fd_; }

    /// The kernel's result, 0 or a negative error number; calls that a signal interrupted, or that the kernel
    /// asks to repeat, are repeated.
    int try_request(unsigned long request, void* argument) const;
    /// Throws Error(out_of_memory) for -ENOMEM and Error(device_failure) for any other error; `what` says
    /// what was wanted: "mapping 4096 bytes".
    void request(unsigned long request, void* argument, const std::string& what) const;

    /// An INFO query into `result`, about a kind of ring where the query is about one. An older kernel's
    /// structure is shorter: the rest stays as it is.
    template <class T>
    int try_info(std::uint32_t query, T& result, std::uint32_t ip = 0) const {
        return try_info(query, &result, sizeof(result), ip);
    }
    /// The same; throws as request.
    template <class T>
    T info(std::uint32_t query, const char* what, std::uint32_t ip = 0) const {
        T result{};
        expect(try_info(query, result, ip), std::string("asking for ") + what);
        return result;
    }

  private:
    int try_info(std::uint32_t query, void* result, std::uint32_t bytes, std::uint32_t ip) const;
    void expect(int result, const std::string& what) const;

    SystemCalls& calls_;
    const std::string path_;
    const int fd_;
};

/// Opens every render node whose driver is amdgpu, in the order of their numbers; where the machine shows no
/// render nodes at all, the card nodes. Those that are there and cannot be used are explained in `notes`, and
/// so is that there are none. Nodes are tried by their names, since folders cannot always be listed.
std::vector<std::unique_ptr<Node>> find_nodes(SystemCalls& calls, std::vector<std::string>& notes);

}  // namespace sporkle::amdgpu
