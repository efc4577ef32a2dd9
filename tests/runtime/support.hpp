// What several tests of the runtime need.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <sporkle/sporkle.hpp>

namespace sporkle::test {

/// A folder of the test's own, removed with everything in it.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

/// Options that measure nothing and remember nothing.
Options plain_options();
/// Options that measure and remember in a file; messages are appended to `messages` when that is not null.
Options remembering_options(const std::string& wisdom, std::vector<std::string>* messages = nullptr);

/// The error that a call throws; fails the test when it throws none.
struct Thrown {
    ErrorCode code = ErrorCode::ok;
    std::string message;
};
Thrown thrown_by(const std::function<void()>& call);

/// The thread sanitizer does not allow threads to be started in a forked child of a program that has threads.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool forks_may_start_threads = false;
#else
inline constexpr bool forks_may_start_threads = true;
#endif

/// Runs `body` in a child process, which ends with the value it returns, or with 99 when it throws. Returns
/// the status as waitpid gives it. The test's own failures in the child are not seen here: return a value.
int in_child(const std::function<int()>& body);

/// The bytes of the bundle of kernels.cpp, as a file.
std::string bundle_path();
std::vector<std::byte> read_bytes_of(const std::string& path);
void write_bytes_to(const std::string& path, const std::vector<std::byte>& bytes);

/// Distinct, small, exactly representable numbers: 0, 0.25, 0.5, …
void fill(std::span<float> elements, float first = 0.0f);

}  // namespace sporkle::test
