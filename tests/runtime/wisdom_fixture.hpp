// What the tests of wisdom have in common.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/wisdom/wisdom.hpp"
#include "tests/runtime/support.hpp"

namespace sporkle::runtime {

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

class WisdomTest : public ::testing::Test {
  protected:
    Log log{[this](LogLevel, std::string_view message) { messages.emplace_back(message); }};
    std::vector<std::string> messages;
    test::TemporaryFolder folder;
    const std::string path = folder / "wisdom.sqlite";
    const WisdomKey key{{1, 2}, "some_kernel", "A f32[4]@64", "some machine"};

    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
            names.push_back(entry.path().filename().string());
        return names;
    }
    int files_with(const std::string& part) const {
        int count = 0;
        for (const std::string& name : files()) count += contains(name, part) ? 1 : 0;
        return count;
    }
};

}  // namespace sporkle::runtime
