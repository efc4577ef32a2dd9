#include "tests/runtime/support.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>

namespace sporkle::test {

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "sporkle-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
}

Options plain_options() {
    Options options;
    options.mode = Mode::estimate;
    options.wisdom = "";
    return options;
}

Options remembering_options(const std::string& wisdom, std::vector<std::string>* messages) {
    Options options;
    options.mode = Mode::measure;
    options.wisdom = wisdom;
    options.threads = 1;
    if (messages != nullptr)
        options.log = [messages](LogLevel level, std::string_view message) {
            static std::mutex mutex;
            const std::lock_guard lock(mutex);
            if (level == LogLevel::warning) messages->emplace_back(message);
        };
    return options;
}

Thrown thrown_by(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return {error.code(), error.what()};
    }
    ADD_FAILURE() << "expected a sporkle::Error";
    return {};
}

int in_child(const std::function<int()>& body) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        int status = 99;
        try {
            status = body();
        } catch (const std::exception& error) {
            std::fprintf(stderr, "child: %s\n", error.what());
        }
        ::_exit(status);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
    }
    return status;
}

std::string bundle_path() { return SPORKLE_TEST_BUNDLE; }

std::vector<std::byte> read_bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
    return {first, first + bytes.size()};
}

void write_bytes_to(const std::string& path, const std::vector<std::byte>& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void fill(std::span<float> elements, float first) {
    for (float& element : elements) {
        element = first;
        first += 0.25f;
    }
}

}  // namespace sporkle::test
