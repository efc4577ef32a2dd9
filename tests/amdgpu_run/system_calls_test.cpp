// The real system calls do what those of the C library do, with errors as negative numbers.
#include "targets/amdgpu/run/system_calls.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace sporkle::amdgpu {
namespace {

TEST(SystemCalls, AFileIsOpenedMappedAndClosed) {
    SystemCalls& system = real_system_calls();
    std::string path = "/tmp/sporkle_system_calls_XXXXXX";
    const int made = ::mkstemp(path.data());
    ASSERT_GE(made, 0);
    const char second_page[] = "the second page";
    ASSERT_EQ(::ftruncate(made, 8192), 0);
    ASSERT_EQ(::pwrite(made, second_page, sizeof second_page, 4096),
              static_cast<ssize_t>(sizeof second_page));
    EXPECT_EQ(system.close(made), 0);

    const int file = system.open(path.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_GE(file, 0);
    void* memory = nullptr;
    ASSERT_EQ(system.mmap(4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 4096, &memory), 0);
    EXPECT_STREQ(static_cast<const char*>(memory), second_page);
    int pending = -1;
    EXPECT_EQ(system.ioctl(file, FIONREAD, &pending), 0);
    EXPECT_EQ(pending, 8192);
    EXPECT_EQ(system.poll(file, POLLIN, 0), 1);
    EXPECT_EQ(system.munmap(memory, 4096), 0);
    EXPECT_EQ(system.close(file), 0);
    ::unlink(path.c_str());
}

TEST(SystemCalls, ErrorsAreNegativeNumbers) {
    SystemCalls& system = real_system_calls();
    EXPECT_EQ(system.open("/dev/dri/there is no such node", O_RDWR), -ENOENT);
    int argument = 0;
    EXPECT_EQ(system.ioctl(-1, FIONREAD, &argument), -EBADF);
    void* memory = &argument;
    EXPECT_EQ(system.mmap(4096, PROT_READ, MAP_SHARED, -1, 0, &memory), -EBADF);
    EXPECT_EQ(memory, &argument);
    EXPECT_EQ(system.close(-1), -EBADF);
}

}  // namespace
}  // namespace sporkle::amdgpu
