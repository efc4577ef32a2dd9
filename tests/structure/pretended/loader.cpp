#include <dlfcn.h>

int main() { return dlopen("libLLVM-0.so", RTLD_LAZY) == nullptr; }
