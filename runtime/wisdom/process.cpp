#include "runtime/wisdom/process.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <sstream>

#include "runtime/threads/fork.hpp"

namespace sporkle::runtime {
namespace {

std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    file >> id;
    return id;
}

std::string process_namespace() {
    char text[64];
    const ssize_t length = ::readlink("/proc/self/ns/pid", text, sizeof(text));
    return length > 0 ? std::string(text, static_cast<std::size_t>(length)) : "pid:[?]";
}

struct Status {
    char state = 0;          ///< as in proc(5): 'Z' is a zombie; 0 where unknown
    std::string start_time;  ///< in clock ticks since boot
};

/// From /proc/<number>/stat: "<number> (<command>) <state> …", with the start time as field 22.
Status status_of(long number) {
    std::ifstream file("/proc/" + std::to_string(number) + "/stat");
    std::string line;
    std::getline(file, line);
    const std::size_t command_end = line.rfind(')');
    if (command_end == std::string::npos) return {};
    std::istringstream fields(line.substr(command_end + 1));
    Status status;
    fields >> status.state;
    for (int field = 4; field <= 22; ++field) fields >> status.start_time;
    return status;
}

}  // namespace

std::string this_process() {
    static std::mutex mutex;
    static std::string known;
    static std::uint64_t generation = 0;
    const std::lock_guard lock(mutex);
    if (!known.empty() && generation == fork_generation()) return known;
    generation = fork_generation();
    const long number = ::getpid();
    return known = boot_id() + " " + process_namespace() + " " + std::to_string(number) + " " +
                   status_of(number).start_time;
}

Alive is_alive(const std::string& process) {
    std::istringstream fields(process);
    std::string boot, space, start_time;
    long number = 0;
    if (!(fields >> boot >> space >> number)) return Alive::no;
    fields >> start_time;
    if (boot != boot_id()) return Alive::no;
    if (space != process_namespace()) return Alive::unknown;
    if (number <= 0 || (::kill(static_cast<pid_t>(number), 0) != 0 && errno == ESRCH)) return Alive::no;
    const Status status = status_of(number);
    if (status.state == 0) return Alive::unknown;
    return status.state != 'Z' && status.state != 'X' && status.start_time == start_time ? Alive::yes
                                                                                         : Alive::no;
}

}  // namespace sporkle::runtime
