#include "runtime/bundle/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <sporkle/error.hpp>

namespace sporkle::bundle {
namespace {

constexpr std::size_t alignment = 64, most_bytes = std::size_t(4) << 30;

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

  private:
    int number_;
};

}  // namespace

File load_file(const std::string& path, const std::string& origin) {
    const auto fail = [&](const std::string& why) -> void {
        throw Error(ErrorCode::input_output, origin + " cannot be read: " + why);
    };
    // O_NONBLOCK: a pipe must not make us wait before we have seen that it is no file.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (file.number() < 0 || ::fstat(file.number(), &status) != 0) fail(std::strerror(errno));
    if (!S_ISREG(status.st_mode)) fail("it is no regular file");
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > most_bytes) fail("it has more than 4 GiB");

    void* memory = std::aligned_alloc(alignment, (size / alignment + 1) * alignment);
    if (memory == nullptr)
        throw Error(ErrorCode::out_of_memory,
                    origin + " cannot be read: no memory for its " + std::to_string(size) + " bytes");
    std::shared_ptr<const void> storage(memory, [](const void* p) { std::free(const_cast<void*>(p)); });
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got = ::read(file.number(), static_cast<char*>(memory) + done, size - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(std::strerror(errno));
        if (got == 0) break;  // it became shorter; what is there will be found truncated
        done += static_cast<std::size_t>(got);
    }
    return {{static_cast<const std::byte*>(memory), done}, std::move(storage)};
}

}  // namespace sporkle::bundle
