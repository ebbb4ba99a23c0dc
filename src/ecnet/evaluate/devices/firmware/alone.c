/* A model by itself: what it takes of flash and RAM, without test records and measurement. */
#include "model.h"

ecnet_record record;
float probabilities[ECNET_CLASSES];

int main(void) {
    ecnet_classify(&record, probabilities);
    return 0;
}

void stop(int status) {
    (void)status;
    for (;;)
        ;
}
