#include "targets/spirv/run/pipeline_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "runtime/bundle/checksum.hpp"

namespace sporkle::spirv::vulkan {
namespace {

/// Beginning of a file; the bytes follow.
struct Header {
    std::uint64_t magic = 0x32454e494c504b53u;  // "SKPLINE2"
    std::uint64_t bytes = 0;
    Hash fingerprint;  ///< of device and driver
    Hash key;          ///< of the module
    Hash content;      ///< of the bytes
};

constexpr std::size_t largest_file = 64 << 20;

std::string hexadecimal(const Hash& hash) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint64_t half : {hash.high, hash.low})
        for (int shift = 60; shift >= 0; shift -= 4) text += digits[half >> shift & 15];
    return text;
}

const char* variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr || *value == 0 ? nullptr : value;
}

std::string cache_folder() {
    if (const char* own = std::getenv("SPORKLE_CACHE")) return own;
    if (const char* all = variable("XDG_CACHE_HOME")) return std::string(all) + "/sporkle";
    if (const char* home = variable("HOME")) return std::string(home) + "/.cache/sporkle";
    return {};
}

/// A file descriptor that closes itself.
struct File {
    int number;
    ~File() {
        if (number >= 0) ::close(number);
    }
};

bool read_all(int file, void* to, std::size_t bytes) {
    auto* at = static_cast<char*>(to);
    while (bytes > 0) {
        const ssize_t got = ::read(file, at, bytes);
        if (got <= 0) return false;
        at += got;
        bytes -= static_cast<std::size_t>(got);
    }
    return true;
}

bool write_all(int file, const void* from, std::size_t bytes) {
    const auto* at = static_cast<const char*>(from);
    while (bytes > 0) {
        const ssize_t put = ::write(file, at, bytes);
        if (put <= 0) return false;
        at += put;
        bytes -= static_cast<std::size_t>(put);
    }
    return true;
}

}  // namespace

Hash hash_of_many(std::span<const std::byte> bytes) {
    constexpr std::size_t lanes = 4;
    Hasher lane[lanes];
    std::size_t at = 0;
    for (; at + lanes * sizeof(std::uint64_t) <= bytes.size(); at += lanes * sizeof(std::uint64_t)) {
        std::uint64_t words[lanes];
        std::memcpy(words, bytes.data() + at, sizeof words);
        for (std::size_t n = 0; n < lanes; ++n) lane[n].word(words[n]);
    }
    const Hash rest = bundle::hash_of_bytes(bytes.subspan(at));
    Hasher all;
    for (const Hash& part : {lane[0].finish(), lane[1].finish(), lane[2].finish(), lane[3].finish(), rest}) {
        all.word(part.high);
        all.word(part.low);
    }
    all.word(bytes.size());
    return all.finish();
}

PipelineCache::PipelineCache(const std::string& fingerprint)
    : fingerprint_(bundle::hash_of_bytes(std::as_bytes(std::span(fingerprint)))) {
    const std::string folder = cache_folder();
    if (!folder.empty()) folder_ = folder + "/vulkan/" + hexadecimal(fingerprint_);
}

std::string PipelineCache::path_of(const Hash& key) const { return folder_ + "/" + hexadecimal(key); }

std::optional<std::vector<std::byte>> PipelineCache::load(const Hash& key) const {
    if (folder_.empty()) return std::nullopt;
    // O_NONBLOCK: a pipe must not make us wait before we have seen that it is no file.
    const File file{::open(path_of(key).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    Header header;
    struct stat status {};
    if (file.number < 0 || ::fstat(file.number, &status) != 0 || !S_ISREG(status.st_mode) ||
        !read_all(file.number, &header, sizeof header))
        return std::nullopt;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (header.magic != Header().magic || header.bytes != size - sizeof header ||
        header.bytes > largest_file || header.fingerprint != fingerprint_ || header.key != key)
        return std::nullopt;
    std::vector<std::byte> bytes(header.bytes);
    if (!read_all(file.number, bytes.data(), bytes.size()) || hash_of_many(bytes) != header.content)
        return std::nullopt;
    return bytes;
}

void PipelineCache::store(const Hash& key, std::span<const std::byte> bytes) const {
    if (folder_.empty() || bytes.size() > largest_file) return;
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    std::string temporary = folder_ + "/new-XXXXXX";
    const File file{::mkostemp(temporary.data(), O_CLOEXEC)};
    if (file.number < 0) return;
    Header header;
    header.bytes = bytes.size();
    header.fingerprint = fingerprint_;
    header.key = key;
    header.content = hash_of_many(bytes);
    if (!write_all(file.number, &header, sizeof header) ||
        !write_all(file.number, bytes.data(), bytes.size()) ||
        ::rename(temporary.c_str(), path_of(key).c_str()) != 0)
        ::unlink(temporary.c_str());
}

}  // namespace sporkle::spirv::vulkan
